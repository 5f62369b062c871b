/* SPDX-License-Identifier: Apache-2.0
 * The stored permissions: which named operations a driver may do, where. They only take away: what they have is
 * still refused where it is restricted or another driver's. */
#ifndef PERMISSIONS_H
#define PERMISSIONS_H

#include "kvmpl/abi.h"

/* Whether the operation is about a port or an MSR, which only the stored permissions decide. */
static inline int permissions_are_all(const struct kvmpl_request *request) {
  return request->access >= KVMPL_ACCESS_PORT_READ && request->access <= KVMPL_ACCESS_MSR_WRITE;
}

/* Whether the operation is among those that are stored for its driver: SVSM_SUCCESS, or the error. */
unsigned long permissions_look_up(const struct kvmpl_request *request);

/* SVSM_SUCCESS if the driver may do the access to memory as far as is stored, or the error. One for which nothing is stored
 * has all of memory that others let it have. */
static inline __attribute__((always_inline)) unsigned long permissions_of_memory(const struct kvmpl_request *request) {
  unsigned long bit = request->driver - 1;
  if (bit >= KVMPL_DRIVERS_MAX) return KVMPL_ERR_NO_DRIVER;
  if (((const struct kvmpl_permissions *)KVMPL_PERMISSIONS_GPA)->drivers >> bit & 1) return permissions_look_up(request);
  return SVSM_SUCCESS;
}

/* The same for any operation: a driver for which nothing is stored has no port and no MSR. */
static inline unsigned long permissions_check(const struct kvmpl_request *request) {
  unsigned long result = permissions_of_memory(request);
  unsigned long stored = ((const struct kvmpl_permissions *)KVMPL_PERMISSIONS_GPA)->drivers;
  if (result != SVSM_SUCCESS || !permissions_are_all(request)) return result;
  return stored >> (request->driver - 1) & 1 ? SVSM_SUCCESS : KVMPL_ERR_NO_PERMISSION;
}

#endif
