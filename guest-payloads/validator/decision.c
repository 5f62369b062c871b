/* SPDX-License-Identifier: Apache-2.0 */
#include "decision.h"

#include "kvmpl/codebase.h"

unsigned long kvmpl_decide(struct kvmpl_question *question) {
  kvmpl_decision_step(question, KVMPL_STEP_RESTRICTED, question->data);
  unsigned long refused = decide_restricted(question->restricted, question->page);
  if (refused != SVSM_SUCCESS) return refused;

  kvmpl_decision_step(question, KVMPL_STEP_OWNER, question->data);
  question->owner = ownership_of(question->ownership, question->page);
  return decide_owner(question->owner, question->driver);
}
