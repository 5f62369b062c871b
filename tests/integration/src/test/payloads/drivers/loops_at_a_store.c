/* SPDX-License-Identifier: Apache-2.0
 * Has a page opened, and loops for ever with what can be mistaken for a store that does not end. Arguments: the page, how
 * it loops, and a page that it is refused. */
#include "kvmpl/driver.h"

enum { STORES, COMPARES, FILLS, WAITS, COUNTS, IS_REFUSED };

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long page = self->arguments[0], refused = self->arguments[2];
  if (kvmpl_store(self, page, 8, 0) != SVSM_SUCCESS) return 1;
  switch (self->arguments[1]) {
    case STORES: __asm__ volatile("1: movq %%rax, (%%rdi)\n\tjmp 1b" : : "D"(page), "a"(0) : "memory"); break;
    case COMPARES:
      __asm__ volatile("1: lock cmpxchgq %%rdx, (%%rdi)\n\tjmp 1b" : : "D"(page), "a"(1), "d"(2) : "memory", "cc");
      break;
    case FILLS:
      for (;;) {
        unsigned long to = page, bytes = KVMPL_PAGE_SIZE;
        __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(0) : "memory");
      }
    case WAITS: __asm__ volatile("1: pause\n\tjmp 1b"); break;
    case COUNTS: __asm__ volatile("1: incq %%rax\n\tjmp 1b" : : "a"(0) : "cc"); break;
    case IS_REFUSED: __asm__ volatile("1: movq %%rax, (%%rdi)\n\tjmp 1b" : : "D"(refused), "a"(0) : "memory"); break;
  }
  return 2;
}
