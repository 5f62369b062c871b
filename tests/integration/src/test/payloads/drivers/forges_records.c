/* SPDX-License-Identifier: Apache-2.0
 * Records a store that it has not made, at the address in its argument; and more than can be kept. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  trace_access(self->trace, KVMPL_STEP_ATTEMPT, self->id, KVMPL_ACCESS_WRITE, self->arguments[0], 8, 0x666, 0);
  trace_access(self->trace, KVMPL_STEP_COMPLETE, self->id, KVMPL_ACCESS_WRITE, self->arguments[0], 8, 0x666, 0);
  for (unsigned long i = 0; i < self->arguments[1]; i++) {
    self->trace->head += KVMPL_TRACE_CAPACITY;
    rdmsr(KVMPL_MSR_GHCB); /* an exit, at which the ring is read */
  }
  return 0;
}
