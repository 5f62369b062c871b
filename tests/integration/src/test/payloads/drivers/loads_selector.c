/* SPDX-License-Identifier: Apache-2.0
 * Loads a segment register from a descriptor table at its argument. */
#include "kvmpl/driver.h"

#define SELECTOR_DATA 0x10

unsigned long driver_main(struct kvmpl_driver *self) {
  struct __attribute__((packed)) {
    unsigned short limit;
    unsigned long base;
  } gdtr = {0xff, self->arguments[0]};
  __asm__ volatile("lgdt %0\n\tmovl %1, %%ds" : : "m"(gdtr), "r"(SELECTOR_DATA));
  return 1;
}
