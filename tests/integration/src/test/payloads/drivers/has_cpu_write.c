/* SPDX-License-Identifier: Apache-2.0
 * Has the CPU itself write to a page of kernel memory. Arguments: how, the page. 0: a descriptor's accessed bit, which the
 * page has as the second of a GDT. 1: the frame of an exception, whose stack the page is. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long page = self->arguments[1], rip = 0;
  struct __attribute__((packed)) {
    unsigned short limit;
    unsigned long base;
  } own, other = {0x37, page};
  switch (self->arguments[0]) {
    case 0:
      __asm__ volatile("sgdt %0" : "=m"(own));
      __asm__ volatile("lgdt %0" : : "m"(other));
      KVMPL_GUARDED(self, rip, "movl $0x10, %%eax\n\tmovw %%ax, %%es", , , "eax");
      __asm__ volatile("lgdt %0" : : "m"(own));
      break;
    case 1:
      __asm__ volatile("movq %0, %%rsp\n\tud2" : : "r"(page + KVMPL_PAGE_SIZE));
      break;
  }
  return 0;
}
