/* SPDX-License-Identifier: Apache-2.0
 * Stores 8 bytes where its second argument says, and then writes its first to the GHCB MSR: a request to terminate, from
 * which nothing comes back. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  self->status = kvmpl_store(self, self->arguments[1], 8, self->id);
  wrmsr(KVMPL_MSR_GHCB, self->arguments[0]);
  return 0x77;
}
