/* SPDX-License-Identifier: Apache-2.0
 * Has an event delivered on another stack. Arguments: the stack's end, and which event: 0 is RMPQUERY, an exception
 * where the CPU does not know it, 1 a software interrupt that nobody knows, 2 an interrupt, 3 a push, which is none, 4 a
 * push and then the exception, 5 a push and then the software interrupt. Its status is 7 if it gets there. */
#include "kvmpl/driver.h"

#define ON_STACK(end, instruction)                                                             \
  do {                                                                                         \
    unsigned long page = 0, level = 1;                                                         \
    __asm__ volatile("movq %%rsp, %%rbx\n\tmovq %2, %%rsp\n\t" instruction "\n\tmovq %%rbx, %%rsp" \
                     : "+a"(page), "+d"(level)                                                 \
                     : "r"(end)                                                                \
                     : "rbx", "rcx", "memory", "cc");                                          \
  } while (0)

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long end = self->arguments[0];
  disable_interrupts();
  switch (self->arguments[1]) {
    case 0: ON_STACK(end, ".byte 0xf3, 0x0f, 0x01, 0xfd"); break;
    case 1: ON_STACK(end, "int $50"); break;
    case 5: ON_STACK(end, "pushq $0x42\n\tpopq %%rcx\n\tint $50"); break;
    case 4: ON_STACK(end, "pushq $0x42\n\tpopq %%rcx\n\t.byte 0xf3, 0x0f, 0x01, 0xfd"); break;
    case 3: ON_STACK(end, "pushq $0x42"); break;
    default:
      ghcb_event(self->ghcb, GHCB_NAE_HV_IPI, APIC_ICR_SHORTHAND_SELF | KVMPL_VECTOR_DEVICE, 0);
      ON_STACK(end, "sti\n1:\tjmp 1b");
  }
  return 7;
}
