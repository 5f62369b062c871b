/* SPDX-License-Identifier: Apache-2.0
 * A step is recorded by whoever performs it, in its own level's ring. */
#ifndef KVMPL_TRACE_H
#define KVMPL_TRACE_H

#include "kvmpl/cpu.h"

/* `rip` is the instruction that the step is about, 0 for none. */
static inline void trace_access(struct kvmpl_trace_ring *ring, enum kvmpl_step step, unsigned int driver,
                                unsigned int access, unsigned long gpa, unsigned long length, unsigned long data,
                                unsigned long rip) {
  if (!ring->enabled) return;
  struct kvmpl_trace_record *record = &ring->records[ring->head % KVMPL_TRACE_CAPACITY];
  record->tsc = rdtsc();
  record->step = step;
  record->driver = driver;
  record->gpa = gpa;
  record->length = length;
  record->data = data;
  record->rip = rip;
  record->access = access;
  __asm__ volatile("" : : : "memory"); /* the head last: it says that the record is there */
  ring->head++;
}

/* A step that is about no operation. */
static inline void trace_step(struct kvmpl_trace_ring *ring, enum kvmpl_step step, unsigned int driver) {
  trace_access(ring, step, driver, 0, 0, 0, 0, 0);
}

#endif
