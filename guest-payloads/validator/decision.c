/* SPDX-License-Identifier: Apache-2.0
 * The standard decision: the validator's own, and every codebase's to build on. */
#include "kvmpl/codebase.h"
#include "ownership.h"
#include "restricted.h"

unsigned long kvmpl_decide(struct kvmpl_question *question) {
  unsigned long start = question->page, end = start + KVMPL_PAGE_SIZE;
  kvmpl_decision_step(question, KVMPL_STEP_RESTRICTED, question->data);
  if (is_restricted_by(question->restricted, question->memory_size, start, end)) return KVMPL_ERR_RESTRICTED;

  kvmpl_decision_step(question, KVMPL_STEP_OWNER, question->data);
  question->owner = ownership_of(question->ownership, start);
  if (question->driver == 0) return KVMPL_ERR_NO_DRIVER;
  return ownership_other(question->ownership, start, end, question->driver) ? KVMPL_ERR_OWNED_BY_OTHER : SVSM_SUCCESS;
}
