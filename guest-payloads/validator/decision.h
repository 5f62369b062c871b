/* SPDX-License-Identifier: Apache-2.0
 * The standard decision: the validator's own, and every codebase's to build on. */
#ifndef DECISION_H
#define DECISION_H

#include "kvmpl/trace.h"
#include "ownership.h"
#include "restricted.h"

/* Whether the page is in a restricted range. */
static inline unsigned long decide_restricted(const struct kvmpl_restricted *restricted, unsigned long page) {
  return is_restricted_page(restricted, page) ? KVMPL_ERR_RESTRICTED : SVSM_SUCCESS;
}

/* Whether a page with that owner can be the driver's. */
static inline unsigned long decide_owner(unsigned int owner, unsigned int driver) {
  if (driver == 0) return KVMPL_ERR_NO_DRIVER;
  return owner && owner != driver ? KVMPL_ERR_OWNED_BY_OTHER : SVSM_SUCCESS;
}

#endif
