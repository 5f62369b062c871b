/* SPDX-License-Identifier: Apache-2.0 */
#include "ahead.h"

#include "judge.h"

#define AHEAD_NEEDS (RMP_READ | RMP_WRITE)

static void ahead_step(enum kvmpl_step step, const struct kvmpl_request *request) {
  trace_access(vcpu_info()->trace, step, request->driver, request->access, request->gpa, request->length, 0, 0);
}

/* Whether there is anything to open that would be nobody else's to have. What the level may not even read stays hidden until
 * it is asked for: to write it would be to read it as well. */
static int ahead_is_own(const struct kvmpl_request *request) {
  unsigned int open = rmp_permissions(request->gpa) >> KVMPL_RMP_LEVEL_BITS * request->vmpl;
  return ownership_of(policy_owners(), request->gpa) == request->driver && (open & AHEAD_NEEDS) == RMP_READ;
}

/* The verdict that the driver would get if it stored there now. A refusal is not told: nobody has asked. */
static int ahead_may_write(struct kvmpl_request *request) {
  ahead_step(KVMPL_STEP_RESTRICTED, request);
  ahead_step(KVMPL_STEP_OWNER, request);
  return translations_check(request) == SVSM_SUCCESS && judge_page(request, 0, 0, 0) == SVSM_SUCCESS;
}

void ahead_open(const struct kvmpl_request *asked) {
  if (asked->result != SVSM_SUCCESS || asked->access != KVMPL_ACCESS_WRITE) return;
  if (POLICY_IS_OWN || vcpu_info()->codebases) return; /* they may decide by what is stored, or keep count */
  unsigned long page = asked->gpa & -(unsigned long)KVMPL_PAGE_SIZE;
  unsigned long first = asked->gpa & -(unsigned long)(KVMPL_GRANT_PAGES * KVMPL_PAGE_SIZE);
  for (unsigned long next = first; next < first + KVMPL_GRANT_PAGES * KVMPL_PAGE_SIZE; next += KVMPL_PAGE_SIZE) {
    struct kvmpl_request request = {.driver = asked->driver,
                                    .vmpl = asked->vmpl,
                                    .access = KVMPL_ACCESS_WRITE,
                                    .gpa = next,
                                    .length = KVMPL_PAGE_SIZE,
                                    .cr3 = asked->cr3};
    if (next == page || !ahead_is_own(&request) || !ahead_may_write(&request)) continue;
    if (!grants_have_room(next)) return;
    ahead_step(KVMPL_STEP_ADJUST, &request);
    if (grants_open(next, request.vmpl, AHEAD_NEEDS) != SVSM_SUCCESS) return;
  }
}
