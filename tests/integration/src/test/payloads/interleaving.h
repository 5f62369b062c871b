/* SPDX-License-Identifier: Apache-2.0
 * A program of operations on four processors: the guest kernel on the first, drivers of VMPL1 to VMPL3 on the others.
 * They are done one after the other, each by its processor; whoever waits for its turn may pass on meanwhile, as fast
 * as it can, what its level has of the pages to all levels below. */
#ifndef INTERLEAVING_H
#define INTERLEAVING_H

#include "kvmpl/driver.h"
#include "kvmpl/interrupts.h"

/* With the numbers that they have in InterleavedProgram.java. `a` is a driver's place in the list, or an address. */
enum kind {
  START,     /* kernel: the driver `a`; done once it runs, or is refused */
  AWAIT,     /* kernel: a driver that gives back its vCPU */
  TAKE,      /* kernel: the vCPU of driver `a`, and awaits it */
  ADJUST,    /* RMPADJUST of a page of size `b`, `c`: RDX */
  QUERY,     /* RMPQUERY of level `b` */
  STORE,     /* of `b` */
  VALIDATE,  /* SVSM call: access `b` */
  TRANSFER,  /* SVSM call: one page, to driver `b` */
  PVALIDATE, /* SVSM call: the entry `a` */
  PASS_ON,   /* from now on, while waiting: `a`, 1 or 0 */
  END        /* the driver gives back its vCPU */
};

struct op {
  unsigned long processor, kind, a, b, c;
};

/* Readable by all levels. */
#define PROGRAM ((const struct program *)0x1600000UL)
struct program {
  unsigned long count;
  unsigned long page_count, pages[8];
  struct op ops[];
};

/* The kernel's memory, passed on to all levels. */
#define PROGRESS 0x3e0000UL
#define PROGRESS_PAGES 5
#define RESULTS ((volatile unsigned long *)(PROGRESS + KVMPL_PAGE_SIZE))
#define NOT_VALIDATED 0x404

static volatile unsigned long *const turn = (volatile unsigned long *)PROGRESS;

int level_interrupt(struct interrupt_frame *frame) {
  if (frame->vector != VECTOR_VC || frame->error != VC_PAGE_NOT_VALIDATED) return 0;
  frame->rax = NOT_VALIDATED;
  frame->rip += RMP_OPCODE_SIZE;
  return 1;
}

static unsigned long adjust(unsigned long address, unsigned long size, unsigned long rdx) {
  unsigned long result = address;
  __asm__ volatile(".byte 0xf3, 0x0f, 0x01, 0xfe" : "+a"(result) : "c"(size), "d"(rdx) : "memory", "cc");
  return result;
}

static unsigned long query(unsigned long address, unsigned long level) {
  struct rmp_state state;
  unsigned int result = rmpquery(address, (unsigned int)level, &state);
  return result == RMP_OK ? state.permissions | (unsigned long)state.page_size << 8 : result << 16;
}

/* One more page to one more level. */
static void pass_on(unsigned int level) {
  static unsigned long next;
  unsigned long page = PROGRAM->pages[next % PROGRAM->page_count], below = level + 1 + next / PROGRAM->page_count % (3 - level);
  unsigned long has = query(page, level);
  next++;
  if (has <= 0x1ff) adjust(page, RMP_PAGE_SIZE_4K, below | (has & 0xff) << RMP_PERMISSIONS_SHIFT);
}

static void await_turn(unsigned long i, unsigned int level, unsigned long passes_on) {
  while (*turn != i)
    if (passes_on)
      pass_on(level);
    else
      __asm__ volatile("pause");
}

static void done(unsigned long i, unsigned long result) {
  RESULTS[i] = result;
  *turn = i + 1;
}

/* What the kernel and drivers do alike. */
static unsigned long carry_out(const struct op *op, struct kvmpl_driver *self) {
  switch (op->kind) {
    case ADJUST: return adjust(op->a, op->b, op->c);
    case QUERY: return query(op->a, op->b);
    default: return kvmpl_store(self, op->a, 8, op->b);
  }
}

#endif
