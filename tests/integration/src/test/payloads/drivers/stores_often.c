/* SPDX-License-Identifier: Apache-2.0
 * Stores to the same place again and again, and makes an exit before its ring is full. Arguments: address, how often.
 * Status: how many were refused. */
#include "kvmpl/driver.h"

#define RECORDS_EACH 2

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long refused = 0;
  for (unsigned long i = 0; i < self->arguments[1]; i++) {
    refused += kvmpl_store(self, self->arguments[0], 8, i) != SVSM_SUCCESS;
    if (i % (KVMPL_TRACE_CAPACITY / RECORDS_EACH) == 0) rdmsr(KVMPL_MSR_GHCB);
  }
  return refused;
}
