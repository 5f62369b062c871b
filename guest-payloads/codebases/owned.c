/* SPDX-License-Identifier: Apache-2.0
 * A codebase that gives nothing away: as the standard decision, but what is nobody's stays so. */
#include "kvmpl/codebase.h"

unsigned long codebase_main(struct kvmpl_question *question) {
  unsigned long refused = kvmpl_decide(question);
  if (refused != SVSM_SUCCESS) return refused;
  return question->owner == question->driver ? SVSM_SUCCESS : KVMPL_ERR_RESTRICTED;
}
