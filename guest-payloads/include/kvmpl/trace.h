/* SPDX-License-Identifier: Apache-2.0
 * A step is recorded by whoever performs it, in its own level's ring. */
#ifndef KVMPL_TRACE_H
#define KVMPL_TRACE_H

#include "kvmpl/cpu.h"

static inline void trace_step(struct kvmpl_trace_ring *ring, enum kvmpl_step step, unsigned int driver,
                              unsigned long gpa, unsigned long length, unsigned long data) {
  if (!ring->enabled) return;
  struct kvmpl_trace_record *record = &ring->records[ring->head % KVMPL_TRACE_CAPACITY];
  record->tsc = rdtsc();
  record->step = step;
  record->driver = driver;
  record->gpa = gpa;
  record->length = length;
  record->data = data;
  __asm__ volatile("" : : : "memory"); /* the head last: it says that the record is there */
  ring->head++;
}

#endif
