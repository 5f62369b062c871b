/* SPDX-License-Identifier: Apache-2.0
 * Takes a vector and then comes to the table of interrupts once more, as a vCPU does that starts beside others of its level: it
 * finishes if the vector is still taken, and gives up if not. */
#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"

int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0;
}

static void taken(void) {}

/* Where the gate of a vector leads. */
static unsigned long handler_of(unsigned int vector) {
  struct __attribute__((packed)) {
    unsigned short limit;
    unsigned long base;
  } idtr;
  __asm__ volatile("sidt %0" : "=m"(idtr));
  const unsigned long *gate = (const unsigned long *)idtr.base + 2UL * vector;
  return (gate[0] & 0xffff) | gate[0] >> 48 << 16 | gate[1] << 32;
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  (void)info;
  interrupts_install();
  interrupts_take(KVMPL_VECTOR_RELAUNCH, (const void *)taken);
  interrupts_install();
  int kept = handler_of(KVMPL_VECTOR_RELAUNCH) == (unsigned long)taken;
  ghcb_terminate(kept ? KVMPL_TERMINATE_FINISHED : KVMPL_TERMINATE_PANIC);
}
