/* SPDX-License-Identifier: Apache-2.0
 * Installs its IDT once more, as each vCPU does that shares the image, and looks after every instruction of that whether
 * all gates are what they were. Its status is how many instructions it were, and 1 << 32 for each after which they were
 * not. */
#include "kvmpl/driver.h"
#include "kvmpl/interrupts.h"

#define VECTOR_DB 1
#define RFLAGS_TF 0x100
#define GATE_WORDS 2

static volatile unsigned long *idt;
static unsigned long before[KVMPL_VECTORS * GATE_WORDS];
static unsigned long steps, changed;

int level_interrupt(struct interrupt_frame *frame) {
  if (frame->vector != VECTOR_DB) return 0;
  unsigned long same = 1;
  for (unsigned int i = 0; i < KVMPL_VECTORS * GATE_WORDS; i++) same &= idt[i] == before[i];
  changed += !same;
  steps++;
  return 1;
}

static void step(unsigned long flag) {
  unsigned long flags;
  __asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags));
  flags = (flags & ~(unsigned long)RFLAGS_TF) | flag;
  __asm__ volatile("pushq %0\n\tpopfq" : : "r"(flags) : "cc", "memory");
}

unsigned long driver_main(struct kvmpl_driver *self) {
  struct __attribute__((packed)) {
    unsigned short limit;
    volatile unsigned long *base;
  } idtr;
  (void)self;
  interrupts_install();
  __asm__ volatile("sidt %0" : "=m"(idtr));
  idt = idtr.base;
  for (unsigned int i = 0; i < KVMPL_VECTORS * GATE_WORDS; i++) before[i] = idt[i];
  step(RFLAGS_TF);
  interrupts_install();
  step(0);
  return steps | changed << 32;
}
