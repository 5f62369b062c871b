/* SPDX-License-Identifier: Apache-2.0
 * Wants the page in its argument to be its GHCB page; returns the hypervisor's answer. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  return ghcb_msr_call(self->arguments[0] | GHCB_MSR_REGISTER_GPA_REQUEST);
}
