/* SPDX-License-Identifier: Apache-2.0
 * Makes KVM's hypercalls, by number, with the address of a page as an argument, and PVM's that writes an MSR. Arguments: where the
 * instructions are, each with a `ret` behind it, 0 for its own image; the page. Its status is the number of bytes of
 * the instructions that have changed. */
#include "kvmpl/driver.h"

#define INSTRUCTIONS 3
#define SIZE 4
#define SYSTEM_TIME 0x4b564d01
#define KVM_HYPERCALLS 16
#define PVM_HYPERCALL 0x17088200UL
#define PVM_HYPERCALLS 16

static const unsigned char originals[INSTRUCTIONS][SIZE] = {
    {0x0f, 0x01, 0xc1, 0xc3}, /* vmcall */
    {0x0f, 0x01, 0xd9, 0xc3}, /* vmmcall */
    {0x0f, 0x05, 0xc3, 0xc3}, /* syscall, which is PVM's */
};
static unsigned char own[INSTRUCTIONS][SIZE];

static void call(struct kvmpl_driver *self, unsigned long instruction, unsigned long number, unsigned long page) {
  unsigned long rip, rbx = number < PVM_HYPERCALL ? page : SYSTEM_TIME;
  KVMPL_GUARDED(self, rip, "movq %[page], %%r10\n\tcall *%[instruction]",
                KVMPL_COMMA "+a"(number) KVMPL_COMMA "+b"(rbx),
                [instruction] "D"(instruction) KVMPL_COMMA [page] "d"(page | 1) KVMPL_COMMA "c"(0) KVMPL_COMMA "S"(0),
                "r8", "r9", "r10", "r11", "cc");
}

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long where = self->arguments[0], page = self->arguments[1], changed = 0;
  if (!where) {
    for (int i = 0; i < INSTRUCTIONS * SIZE; i++) (&own[0][0])[i] = (&originals[0][0])[i];
    where = (unsigned long)own;
  }
  for (unsigned long i = 0; i < INSTRUCTIONS; i++) {
    for (unsigned long number = 0; number < KVM_HYPERCALLS; number++) call(self, where + SIZE * i, number, page);
    for (unsigned long number = 0; number < PVM_HYPERCALLS; number++)
      call(self, where + SIZE * i, PVM_HYPERCALL + number, page);
  }
  for (unsigned long i = 0; i < INSTRUCTIONS * SIZE; i++)
    changed += ((volatile unsigned char *)where)[i] != (&originals[0][0])[i];
  return changed;
}
