/* SPDX-License-Identifier: Apache-2.0
 * Makes a request of the GHCB MSR protocol that does not exist. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  (void)self;
  wrmsr(KVMPL_MSR_GHCB, 0x7770ab);
  return 0;
}
