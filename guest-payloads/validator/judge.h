/* SPDX-License-Identifier: Apache-2.0
 * A verdict: whether a driver may do what it attempts, and if it may, the page is recorded as its own and opened.
 *
 * Where KVM emulates what VMPL0 executes, each instruction here costs as much as hundreds elsewhere. So what a first grant
 * takes is all in one place, without a call, and twice: for machines that trace, and for those that do not. */
#ifndef JUDGE_H
#define JUDGE_H

#include "grants.h"
#include "permissions.h"
#include "policy.h"
#include "translations.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* What is refused with `why`: that, unless all is opened and only watched. An access needs `needed` on its page. Apart, because
 * nobody is in a hurry for a refusal. */
unsigned long judge_refused(const struct kvmpl_request *request, unsigned int needed, unsigned long why);

/* What whoever decides says of the page. */
static ALWAYS_INLINE unsigned long judge_page(struct kvmpl_request *request, int by_codebase, struct kvmpl_trace_ring *ring,
                                              const int tracing) {
  if (__builtin_expect(!by_codebase && !POLICY_IS_OWN, 1)) {
    unsigned long result = policy_decide(request, ring, tracing);
    return result == SVSM_SUCCESS ? permissions_of_memory(request) : result;
  }
  unsigned long result = policy_ask(request);
  if (result == SVSM_SUCCESS) result = permissions_of_memory(request);
  if (result != SVSM_SUCCESS) return result;
  unsigned int owner = ownership_of(policy_owners(), request->gpa);
  result = decide_owner(owner, request->driver); /* it may have said yes to what is another's */
  if (result == SVSM_SUCCESS) request->owner = owner;
  return result;
}

/* An access to memory, for which the level needs `needed` on the page. */
static ALWAYS_INLINE unsigned long judge_access(struct kvmpl_request *request, unsigned int needed, int by_codebase,
                                                struct kvmpl_trace_ring *ring, const int tracing) {
  unsigned long page = request->gpa & -(unsigned long)KVMPL_PAGE_SIZE;
  unsigned long result = judge_page(request, by_codebase, ring, tracing);
  if (result != SVSM_SUCCESS) return judge_refused(request, needed, result);
  if (!grants_have_room(page)) return KVMPL_ERR_MAP_FULL;
  unsigned int owner = request->owner;
  if (!owner) ownership_designate_page(policy_owners(), page, request->driver);
  if (tracing) trace_request(ring, KVMPL_STEP_DESIGNATE);

  if (tracing) trace_request(ring, KVMPL_STEP_ADJUST);
  result = grants_open(page, request->vmpl, needed);
  if (result == SVSM_SUCCESS)
    request->owner = request->driver;
  else if (!owner)
    ownership_withdraw(policy_owners(), page, page + KVMPL_PAGE_SIZE);
  return result;
}

/* What may be written or executed may be read. */
static inline unsigned int judge_needs(unsigned int access) {
  if (access == KVMPL_ACCESS_WRITE) return RMP_READ | RMP_WRITE;
  return access == KVMPL_ACCESS_READ ? RMP_READ : RMP_ALL & ~RMP_WRITE;
}

static ALWAYS_INLINE unsigned long judge_operation(struct kvmpl_request *request, int by_codebase,
                                                   struct kvmpl_trace_ring *ring, const int tracing) {
  unsigned long result = translations_check(request);
  if (result != SVSM_SUCCESS) return judge_refused(request, judge_needs(request->access), result);
  if (__builtin_expect(request->access == KVMPL_ACCESS_WRITE, 1))
    return judge_access(request, RMP_READ | RMP_WRITE, by_codebase, ring, tracing);
  if (permissions_are_all(request)) {
    result = permissions_check(request);
    return result == SVSM_SUCCESS ? result : judge_refused(request, 0, result);
  }
  return judge_access(request, judge_needs(request->access), by_codebase, ring, tracing);
}

/* SVSM_SUCCESS, or the error code that the driver gets; leaves the page's owner in the request. To be called under the lock
 * of the tables. */
static ALWAYS_INLINE unsigned long judge_inline(struct kvmpl_request *request, int by_codebase, struct kvmpl_trace_ring *ring,
                                                const int tracing) {
  unsigned long result = judge_operation(request, by_codebase, ring, tracing);
  if (tracing && result != SVSM_SUCCESS && !(result & KVMPL_WOULD_REFUSE)) trace_request(ring, KVMPL_STEP_ERROR);
  return result;
}

/* The same, for those to whom a call is nothing. */
unsigned long judge(struct kvmpl_request *request);

#endif
