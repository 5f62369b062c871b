/* SPDX-License-Identifier: Apache-2.0
 * Asks the hypervisor to run the level in its argument; returns the answer. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  return ghcb_msr_call(self->arguments[0] << GHCB_MSR_RUN_VMPL_SHIFT | GHCB_MSR_RUN_VMPL_REQUEST);
}
