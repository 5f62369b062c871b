/* SPDX-License-Identifier: Apache-2.0
 * The stored permissions: which named operations a driver may do, where. They only take away: what they have is
 * still refused where it is restricted or another driver's. */
#ifndef PERMISSIONS_H
#define PERMISSIONS_H

#include "kvmpl/abi.h"

/* Whether the operation is about a port or an MSR, which only the stored permissions decide. */
int permissions_are_all(const struct kvmpl_request *request);

/* SVSM_SUCCESS if the driver may do it as far as is stored, or the error. A driver for which nothing is stored has
 * all of memory that others let it have, and no port and no MSR. */
unsigned long permissions_check(const struct kvmpl_request *request);

#endif
