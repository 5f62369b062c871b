/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#include "codebases.h"
#include "kvmpl/validator.h"

static unsigned long by_codebase(const struct kvmpl_codebases *codebases, struct kvmpl_question *question) {
  kvmpl_decision_step(question, KVMPL_STEP_LOOKUP, question->data);
  unsigned long id = codebases_lookup(codebases, question->page);
  if (id == 0) return KVMPL_ERR_NO_CODEBASE;

  kvmpl_decision_step(question, KVMPL_STEP_OBTAIN, id);
  const struct kvmpl_codebase *codebase = codebases_find(codebases, id);
  if (!codebase) return KVMPL_ERR_UNKNOWN_CODEBASE;
  if (!codebase_is_intact(codebase)) return KVMPL_ERR_MEASUREMENT;

  kvmpl_decision_step(question, KVMPL_STEP_EXECUTE, id);
  return ((unsigned long (*)(struct kvmpl_question *))codebase->entry)(question);
}

unsigned long kvmpl_validator_decide(struct kvmpl_question *question) {
  const struct kvmpl_codebases *codebases = vcpu_info()->codebases;
  return codebases ? by_codebase(codebases, question) : kvmpl_decide(question);
}

unsigned long policy_ask(struct kvmpl_request *request) {
  const struct kvmpl_boot_info *info = vcpu_info();
  struct kvmpl_question question = {
      .driver = request->driver,
      .access = request->access,
      .gpa = request->gpa,
      .length = request->length,
      .data = request->data,
      .page = request->gpa & -(unsigned long)KVMPL_PAGE_SIZE,
      .memory_size = info->memory_size,
      .restricted = (const struct kvmpl_restricted *)KVMPL_RESTRICTED_GPA,
      .ownership = policy_owners(),
      .trace = info->trace,
      .console = info->console,
      .level = request->vmpl,
  };
#ifdef KVMPL_OWN_VALIDATOR
  unsigned long result = validator_main(&question);
#else
  unsigned long result = kvmpl_validator_decide(&question);
#endif
  request->owner = question.owner;
  return result;
}
