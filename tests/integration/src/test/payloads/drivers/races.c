/* SPDX-License-Identifier: Apache-2.0
 * Several processors do one locked operation each on the same cell of many closed pages, at the same time. Arguments:
 * first page, pages, processors, operation (below), bytes of the cell, its offset in the page. Status of the last one
 * to finish: cells of which an update is lost. */
#include "kvmpl/driver.h"

enum { INC, ADD, XADD, XCHG, CMPXCHG, BTS, ADC };

static volatile unsigned long at_barrier[KVMPL_PROCESSORS_MAX], got[KVMPL_PROCESSORS_MAX];

static void meet(unsigned long me, unsigned long all, unsigned long round) {
  at_barrier[me] = round;
  for (unsigned long i = 0; i < all; i++)
    while (at_barrier[i] < round) __asm__ volatile("pause");
}

#define SIZED(bytes, instruction, ...)                                                          \
  switch (bytes) {                                                                              \
    case 1: __asm__ volatile("lock " instruction("b", "%b") : __VA_ARGS__ : "memory", "cc"); break; \
    case 2: __asm__ volatile("lock " instruction("w", "%w") : __VA_ARGS__ : "memory", "cc"); break; \
    case 4: __asm__ volatile("lock " instruction("l", "%k") : __VA_ARGS__ : "memory", "cc"); break; \
    default: __asm__ volatile("lock " instruction("q", "%q") : __VA_ARGS__ : "memory", "cc"); break; \
  }
#define INC_(s, r) "inc" s " (%[to])"
#define ADD_(s, r) "add" s " " r "[value], (%[to])"
#define ADC_(s, r) "adc" s " " r "[value], (%[to])"
#define XADD_(s, r) "xadd" s " " r "[value], (%[to])"
#define XCHG_(s, r) "xchg" s " " r "[value], (%[to])"
#define CMPXCHG_(s, r) "cmpxchg" s " " r "[value], (%[to])"

static unsigned long mask(unsigned long bytes) { return bytes == 8 ? -1UL : (1UL << bytes * 8) - 1; }

/* Leaves in `got` what the operation read, where it says so. */
static void operate(unsigned long me, unsigned long operation, unsigned long bytes, unsigned long to) {
  unsigned long value = operation == XCHG ? me + 1 : 1, old = 0;
  switch (operation) {
    case INC: SIZED(bytes, INC_, : [to] "r"(to)); break;
    case ADD: SIZED(bytes, ADD_, : [to] "r"(to), [value] "q"(value)); break;
    case ADC: __asm__ volatile("clc"); SIZED(bytes, ADC_, : [to] "r"(to), [value] "q"(value)); break;
    case XADD: SIZED(bytes, XADD_, [value] "+q"(value) : [to] "r"(to)); break;
    case XCHG: SIZED(bytes, XCHG_, [value] "+q"(value) : [to] "r"(to)); break;
    case CMPXCHG:
      value = me + 1;
      SIZED(bytes, CMPXCHG_, "+a"(old) : [to] "r"(to), [value] "q"(value));
      value = old;
      break;
    case BTS: __asm__ volatile("lock btsq %[value], (%[to])" : : [to] "r"(to), [value] "r"(me) : "memory", "cc"); break;
    default: break;
  }
  got[me] = value & mask(bytes);
}

/* Whether the cell, and what each has read of it, is as if one had come after the other. */
static int is_lost(unsigned long operation, unsigned long bytes, unsigned long all, unsigned long cell) {
  unsigned long seen = 0, zeros = 0;
  cell &= mask(bytes);
  for (unsigned long i = 0; i < all; i++) {
    seen |= 1UL << (got[i] & 63);
    zeros += !got[i];
  }
  switch (operation) {
    case XADD: return cell != all || seen != (1UL << all) - 1; /* each has read another number */
    case XCHG: return zeros != 1 || seen & 1UL << cell;        /* nobody has read the last one */
    case CMPXCHG: return zeros != 1 || !cell || cell > all;    /* one has found it free */
    case BTS: return cell != (1UL << all) - 1;
    default: return cell != all;
  }
}

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long me = self->instance, *argument = self->arguments, lost = 0;
  unsigned long all = argument[2], operation = argument[3], bytes = argument[4];
  for (unsigned long i = 0; i < argument[1]; i++) {
    unsigned long to = argument[0] + i * KVMPL_PAGE_SIZE + argument[5];
    meet(me, all, 3 * i + 1);
    operate(me, operation, bytes, to);
    meet(me, all, 3 * i + 2);
    lost += is_lost(operation, bytes, all, *(volatile unsigned long *)to);
    meet(me, all, 3 * i + 3);
  }
  return lost;
}
