/* SPDX-License-Identifier: Apache-2.0
 * A codebase that lets nobody have anything. */
#include "kvmpl/codebase.h"

unsigned long codebase_main(struct kvmpl_question *question) {
  kvmpl_decision_step(question, KVMPL_STEP_RESTRICTED, question->data);
  return KVMPL_ERR_RESTRICTED;
}
