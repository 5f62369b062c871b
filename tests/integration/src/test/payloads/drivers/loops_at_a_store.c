/* SPDX-License-Identifier: Apache-2.0
 * Has a page opened, and loops for ever with what can be mistaken for a store that does not end. Arguments: the page, how
 * it loops. */
#include "kvmpl/driver.h"

enum { STORES, WAITS, FILLS, COMPARES };

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long page = self->arguments[0];
  if (kvmpl_store(self, page, 8, 0) != SVSM_SUCCESS) return 1;
  switch (self->arguments[1]) {
    case STORES: __asm__ volatile("1: movq %%rax, (%%rdi)\n\tjmp 1b" : : "D"(page), "a"(0) : "memory"); break;
    case WAITS: __asm__ volatile("1: pause\n\tjmp 1b"); break;
    case FILLS: /* the registers are the same at each store, and RIP is at it most of the time */
      for (;;) {
        unsigned long to = page, bytes = KVMPL_PAGE_SIZE;
        __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(0) : "memory");
      }
    case COMPARES: __asm__ volatile("1: lock cmpxchgq %%rdx, (%%rdi)\n\tjmp 1b" : : "D"(page), "a"(1), "d"(2) : "memory", "cc"); break;
  }
  return 2;
}
