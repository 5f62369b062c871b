/* SPDX-License-Identifier: Apache-2.0
 * The instructions on the permissions database where the CPU does not know them: #UD's handler passes them on
 * with their operands and does to the registers what the hypervisor answers. */
#include "kvmpl/rmp.h"

#include "kvmpl/cpu.h"
#include "kvmpl/interrupts.h"

#define RFLAGS_CF 0x1UL
#define RFLAGS_ARITHMETIC 0x8d5UL /* CF PF AF ZF SF OF */

static inline __attribute__((always_inline)) unsigned int ask(const struct interrupt_frame *frame, const int port) {
  unsigned long answer = frame->rax;
  __asm__ volatile("inl %1, %%eax" : "+a"(answer) : "i"(port), "c"(frame->rcx), "d"(frame->rdx) : "memory");
  return (unsigned int)answer;
}

/* The flags are the result's, as TEST would set them, and CF the answer's. */
static unsigned long flags_of(unsigned int answer) {
  unsigned long flags;
  __asm__("testl %1, %1\n\tpushfq\n\tpopq %0" : "=r"(flags) : "r"(answer & KVMPL_RMP_RESULT_MASK) : "cc");
  return (flags & RFLAGS_ARITHMETIC) | (answer & KVMPL_RMP_CARRY ? RFLAGS_CF : 0);
}

int rmp_forward(struct interrupt_frame *frame) {
  const unsigned char *at = (const unsigned char *)frame->rip;
  unsigned int opcode = (unsigned int)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
  if (opcode != 0xf30f01fe && opcode != 0xf30f01fd && opcode != 0xf20f01ff) return 0;
  unsigned int answer = opcode == 0xf30f01fe   ? ask(frame, KVMPL_PORT_RMPADJUST)
                        : opcode == 0xf30f01fd ? ask(frame, KVMPL_PORT_RMPQUERY)
                                               : ask(frame, KVMPL_PORT_PVALIDATE);
  if (answer & KVMPL_RMP_EXCEPTION) {
    frame->vector = answer & KVMPL_RMP_RESULT_MASK;
    frame->error = answer >> KVMPL_RMP_ERROR_SHIFT;
    if (frame->vector == VECTOR_VC) write_cr2(frame->rax);
    return 0;
  }
  frame->rax = answer & KVMPL_RMP_RESULT_MASK;
  if (opcode == 0xf30f01fd && frame->rax == RMP_OK) {
    frame->rcx = (answer & KVMPL_RMP_LARGE) != 0;
    frame->rdx = (frame->rdx & 0xff) | (answer >> KVMPL_RMP_RDX_SHIFT & KVMPL_RMP_RDX_MASK);
  }
  frame->rflags = (frame->rflags & ~RFLAGS_ARITHMETIC) | flags_of(answer);
  frame->rip += RMP_OPCODE_SIZE;
  return 1;
}
