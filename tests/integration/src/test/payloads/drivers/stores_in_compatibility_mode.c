/* SPDX-License-Identifier: Apache-2.0
 * Stores the GDT's register from 32-bit code, whose bytes mean another address in 64-bit mode. Argument: the address. */
#include "kvmpl/driver.h"

#define SELECTOR_CODE_32 0x18

static const unsigned long gdt[] = {0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00cf9b000000ffff};

unsigned long driver_main(struct kvmpl_driver *self) {
  struct __attribute__((packed)) {
    unsigned short limit;
    unsigned long base;
  } gdtr = {sizeof gdt - 1, (unsigned long)gdt};
  static unsigned char code[] = {0x0f, 0x01, 0x05, 0, 0, 0, 0, 0xeb, 0xfe}; /* sgdt address; jmp . */
  *(unsigned int *)(code + 3) = (unsigned int)self->arguments[0];
  __asm__ volatile("lgdt %0\n\tpushq %1\n\tpushq %2\n\tlretq"
                   :
                   : "m"(gdtr), "i"(SELECTOR_CODE_32), "r"(code)
                   : "memory");
  return 1;
}
