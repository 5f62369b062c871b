/* SPDX-License-Identifier: Apache-2.0
 * The call PVALIDATE: pages that a lower level has validated, or rescinded. What a driver has rescinded is validated
 * again when it ends: it is not the next one's to do without. */
#ifndef PVALIDATE_H
#define PVALIDATE_H

#include "kvmpl/abi.h"

/* Does what the list at RCX says, entry by entry up to the first that is refused, which the list names then. */
unsigned long pvalidate_list(const struct kvmpl_request *request);

/* The driver has no vCPU of the level any more: SVSM_SUCCESS, or the error. */
unsigned long pvalidate_end(unsigned int vmpl, unsigned int driver);

#endif
