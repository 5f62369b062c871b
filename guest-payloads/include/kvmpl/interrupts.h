/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KVMPL_INTERRUPTS_H
#define KVMPL_INTERRUPTS_H

#include "kvmpl/abi.h"
#include "kvmpl/vectors.h"

/* As lib/vectors.S leaves it on the stack. */
struct interrupt_frame {
  unsigned long r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
  unsigned long vector, error;
  unsigned long rip, cs, rflags, rsp, ss;
};

/* Takes the vectors 0 to KVMPL_VECTORS - 1, on the vCPU that runs this. */
void interrupts_install(void);

/* Takes one of them to code of its own instead, as the CPU leaves it: interrupts are disabled. */
void interrupts_take(unsigned int vector, const void *handler);

/* The level's own: returns 1 when it handled the vector, 0 when nobody expected it. */
int level_interrupt(struct interrupt_frame *frame);

/* Any vector that comes while code at CPL 3 runs, before everything else: as level_interrupt. */
int user_interrupt(struct interrupt_frame *frame);

/* lib/rmp.c: carries out the instruction on the permissions database that #UD was raised for and returns 1.
 * Returns 0 when there is none, or when it raises an exception: the frame then is that exception's. */
int rmp_forward(struct interrupt_frame *frame);

#endif
