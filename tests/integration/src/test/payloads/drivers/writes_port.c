/* SPDX-License-Identifier: Apache-2.0
 * Writes to a port that the hypervisor knows nothing of. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  (void)self;
  __asm__ volatile("outb %%al, $0x42" : : "a"(0));
  return 0;
}
