/* SPDX-License-Identifier: Apache-2.0
 * Executes code that the test has made. Arguments: two addresses to store a byte to first, so that their pages are open,
 * 0 for none; the code, a function. Status: the result of the one operation that it makes. */
#include "kvmpl/driver.h"

#define CR4_OSFXSR 0x200UL /* without it SSE instructions are invalid */
#define CODE_AT 2
#define CODE_LONGS (KVMPL_ARGUMENTS_MAX - CODE_AT)

static unsigned long code[2 * CODE_LONGS] __attribute__((aligned(KVMPL_PAGE_SIZE)));

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long cr4;
  __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
  __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSFXSR));
  for (int i = 0; i < CODE_AT; i++)
    if (self->arguments[i]) kvmpl_store(self, self->arguments[i], 1, 0xa5);
  for (int i = 0; i < CODE_LONGS; i++) code[CODE_LONGS + i] = self->arguments[CODE_AT + i];
  kvmpl_clear_result(self);
  __asm__ volatile("call *%0" : : "r"(&code[CODE_LONGS])
                   : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "rbx", "memory", "cc");
  return kvmpl_result(self);
}
