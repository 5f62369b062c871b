/* SPDX-License-Identifier: Apache-2.0
 * Executes the instructions on the permissions database that a test has put into a table, through their real
 * opcodes, and leaves there what each did. */
#ifndef RMP_CASES_H
#define RMP_CASES_H

#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"

enum { CASE_RMPADJUST, CASE_RMPQUERY, CASE_PVALIDATE };

struct rmp_case {
  unsigned long instruction, rax, rcx, rdx;
  unsigned long rax_after, rcx_after, rdx_after, rflags_after;
  unsigned long vector, error, cr2; /* of the exception, 0 if none was raised */
};

struct rmp_cases {
  unsigned long count;
  struct rmp_case cases[];
};

#define OPCODE_SIZE 4

static struct rmp_case *volatile executing;

int level_interrupt(struct interrupt_frame *frame) {
  struct rmp_case *at = executing;
  if (!at || (frame->vector != VECTOR_GP && frame->vector != VECTOR_VC)) return 0;
  at->vector = frame->vector;
  at->error = frame->error;
  at->cr2 = frame->vector == VECTOR_VC ? read_cr2() : 0;
  frame->rip += OPCODE_SIZE;
  return 1;
}

#define EXECUTE(at, opcode)                                                                                    \
  __asm__ volatile(".byte " opcode "\n\tpushfq\n\tpopq %3"                                                     \
                   : "=a"((at)->rax_after), "=c"((at)->rcx_after), "=d"((at)->rdx_after), "=&r"((at)->rflags_after) \
                   : "a"((at)->rax), "c"((at)->rcx), "d"((at)->rdx)                                           \
                   : "memory", "cc")

static void execute_cases(struct rmp_cases *table) {
  for (unsigned long i = 0; i < table->count; i++) {
    struct rmp_case *at = &table->cases[i];
    executing = at;
    switch (at->instruction) {
      case CASE_RMPADJUST: EXECUTE(at, "0xf3, 0x0f, 0x01, 0xfe"); break;
      case CASE_RMPQUERY: EXECUTE(at, "0xf3, 0x0f, 0x01, 0xfd"); break;
      case CASE_PVALIDATE: EXECUTE(at, "0xf2, 0x0f, 0x01, 0xff"); break;
    }
  }
  executing = 0;
}

#endif
