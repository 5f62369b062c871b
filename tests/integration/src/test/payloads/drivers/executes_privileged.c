/* SPDX-License-Identifier: Apache-2.0
 * Executes one instruction that is the kernel's. Argument: which; for a jump to kernel memory, where to. Its status is 7 if it gets past it. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  switch (self->arguments[0]) {
    case 0: __asm__ volatile("cli"); break;
    case 1: __asm__ volatile("hlt"); break;
    case 2: wrmsr(KVMPL_MSR_GHCB, 0x016); break;
    case 3: write_cr3(read_cr3()); break;
    case 4: __asm__ volatile("inl $0xa0, %%eax" : : : "eax"); break;
    case 5: __asm__ volatile("int $64"); break; /* the validator's interrupt: the gate is not for CPL 3 */
    case 6: __asm__ volatile("ud2"); break;
    case 7: __asm__ volatile(".byte 0xf3, 0x0f, 0x01, 0xfe" : : "a"(KVMPL_KERNEL_MEMORY_BASE), "c"(0), "d"(0x302)); break;
    case 8: __asm__ volatile("jmp *%0" : : "r"(0x8000000000000000)); break;
    case 9: __asm__ volatile("jmp *%0" : : "r"(self->arguments[1])); break;
  }
  return 7;
}
