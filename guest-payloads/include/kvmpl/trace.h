/* SPDX-License-Identifier: Apache-2.0
 * A step is recorded by whoever performs it, in its own level's ring. */
#ifndef KVMPL_TRACE_H
#define KVMPL_TRACE_H

#include "kvmpl/cpu.h"

/* The time, and last of all the head, which says that the record is there. */
static inline void trace_end(struct kvmpl_trace_ring *ring, struct kvmpl_trace_record *record) {
  __asm__ volatile("rdtsc\n\tmovl %%eax, %0\n\tmovl %%edx, 4+%0" : "=m"(record->tsc) : : "eax", "edx", "memory");
  ring->head++;
}

/* `rip` is the instruction that the step is about, 0 for none. */
static inline void trace_access(struct kvmpl_trace_ring *ring, enum kvmpl_step step, unsigned int driver,
                                unsigned int access, unsigned long gpa, unsigned long length, unsigned long data,
                                unsigned long rip) {
  if (!ring->enabled) return;
  struct kvmpl_trace_record *record = &ring->records[ring->head % KVMPL_TRACE_CAPACITY];
  record->step = step;
  record->driver = driver;
  record->gpa = gpa;
  record->length = length;
  record->data = data;
  record->rip = rip;
  record->access = access;
  trace_end(ring, record);
}

/* A step that is about no operation. */
static inline void trace_step(struct kvmpl_trace_ring *ring, enum kvmpl_step step, unsigned int driver) {
  trace_access(ring, step, driver, 0, 0, 0, 0, 0);
}

/* At VMPL0: a step that is about the vCPU's request. Only where the ring is enabled. By hand, because this is in every
 * verdict's way, several times. */
static inline __attribute__((always_inline)) void trace_request(struct kvmpl_trace_ring *ring, const enum kvmpl_step step) {
  __asm__ volatile("movl %c[head](%[ring]), %%ecx\n\t"
                   "andl %[last], %%ecx\n\t"
                   "shll %[shift], %%ecx\n\t"
                   "movl %[step], %c[at_step](%[ring],%%rcx)\n\t"
                   "rdtsc\n\t"
                   "movl %%eax, %c[at_tsc](%[ring],%%rcx)\n\t"
                   "movl %%edx, 4+%c[at_tsc](%[ring],%%rcx)\n\t"
                   "incq %c[head](%[ring])"
                   :
                   : [ring] "r"(ring), [step] "i"(step | KVMPL_TRACE_REQUEST), [last] "i"(KVMPL_TRACE_CAPACITY - 1),
                     [shift] "i"(__builtin_ctzl(sizeof ring->records[0])),
                     [head] "i"(__builtin_offsetof(struct kvmpl_trace_ring, head)),
                     [at_step] "i"(__builtin_offsetof(struct kvmpl_trace_ring, records[0].step)),
                     [at_tsc] "i"(__builtin_offsetof(struct kvmpl_trace_ring, records[0].tsc))
                   : "rax", "rcx", "rdx", "memory", "cc");
}

#endif
