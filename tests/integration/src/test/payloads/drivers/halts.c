/* SPDX-License-Identifier: Apache-2.0
 * Halts, with interrupts off: for ever. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  (void)self;
  __asm__ volatile("hlt");
  return 0;
}
