/* SPDX-License-Identifier: Apache-2.0
 * Its status is its CPL, bits 1:0 of CS. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  (void)self;
  unsigned long cs;
  __asm__ volatile("movq %%cs, %0" : "=r"(cs));
  return cs & 3;
}
