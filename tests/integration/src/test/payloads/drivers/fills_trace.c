/* SPDX-License-Identifier: Apache-2.0
 * Fills its ring with attempts, each time that it makes an exit. Argument: how many exits. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  struct kvmpl_trace_ring *ring = self->trace;
  for (unsigned long i = 0; i < KVMPL_TRACE_CAPACITY; i++)
    ring->records[i] = (struct kvmpl_trace_record){
        .tsc = rdtsc(), .step = KVMPL_STEP_ATTEMPT, .driver = self->id, .gpa = KVMPL_KERNEL_MEMORY_BASE, .length = 8};
  for (unsigned long i = 0; i < self->arguments[0]; i++) {
    ring->head += KVMPL_TRACE_CAPACITY;
    rdmsr(KVMPL_MSR_GHCB);
  }
  return 0;
}
