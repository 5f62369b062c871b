/* SPDX-License-Identifier: Apache-2.0
 * Who decides: the codebase that is registered for the page, or, in a machine without codebases, the validator
 * itself. */
#ifndef POLICY_H
#define POLICY_H

#include "decision.h"

/* A validator of users' own (kvmpl/validator.h) is built with its decision in the place of codebases'. */
#ifdef KVMPL_OWN_VALIDATOR
#define POLICY_IS_OWN 1
#else
#define POLICY_IS_OWN 0
#endif

static inline struct kvmpl_ownership_map *policy_owners(void) {
  return (struct kvmpl_ownership_map *)KVMPL_OWNERSHIP_GPA;
}

/* What whoever decides for a request's page says: the codebase, found, measured and executed, or the validator. SVSM_SUCCESS,
 * or the error; leaves the page's owner in the request. Whole pages are judged, because whole pages are opened. */
unsigned long policy_ask(struct kvmpl_request *request);

/* The same of the validator alone, without a call, because most of a verdict's cost is here; its steps are in `ring` if
 * anybody traces. */
static inline __attribute__((always_inline)) unsigned long policy_decide(struct kvmpl_request *request,
                                                                         struct kvmpl_trace_ring *ring,
                                                                         const int tracing) {
  unsigned long page = request->gpa & -(unsigned long)KVMPL_PAGE_SIZE;
  if (tracing) trace_request(ring, KVMPL_STEP_RESTRICTED);
  unsigned long refused = decide_restricted((const struct kvmpl_restricted *)KVMPL_RESTRICTED_GPA, page);
  if (refused != SVSM_SUCCESS) {
    request->owner = 0;
    return refused;
  }
  if (tracing) trace_request(ring, KVMPL_STEP_OWNER);
  unsigned int owner = ownership_of(policy_owners(), page);
  request->owner = owner;
  return decide_owner(owner, request->driver);
}

#endif
