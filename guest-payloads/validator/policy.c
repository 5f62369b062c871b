/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#include "codebases.h"
#include "kvmpl/cpu.h"

unsigned long policy_decide(const struct kvmpl_codebases *codebases, struct kvmpl_question *question) {
  if (!codebases) return kvmpl_decide(question);

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

unsigned long policy_judge(struct kvmpl_request *request) {
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
      .ownership = (const struct kvmpl_ownership_map *)KVMPL_OWNERSHIP_GPA,
      .trace = info->trace,
  };
  unsigned long result = policy_decide(info->codebases, &question);
  request->owner = question.owner;
  return result;
}
