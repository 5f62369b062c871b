/* SPDX-License-Identifier: Apache-2.0
 * One SSE store of 16 bytes of ones to the address in its argument. */
#include "kvmpl/driver.h"

#define CR4_OSFXSR 0x200UL  /* without it SSE instructions are invalid */

unsigned long driver_main(struct kvmpl_driver *self) {
  static const unsigned long ones[2] = {-1UL, -1UL};
  unsigned long cr4;
  __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
  __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSFXSR));
  __asm__ volatile("movups (%0), %%xmm0; movups %%xmm0, (%1)" : : "r"(ones), "r"(self->arguments[0]) : "memory");
  return 0;
}
