/* SPDX-License-Identifier: Apache-2.0
 * Makes random requests. Arguments: seed, number, whether they may be its end. Its status is 0 when all were made. */
#include "fuzz.h"

int level_interrupt(struct interrupt_frame *frame) { return fuzz_interrupt(frame); }

/* At CPL 3 there are system calls and accesses. What ends a driver is not asked for. */
static void hosted_requests(struct kvmpl_driver *self) {
  fuzz.random = self->arguments[0] * 2 + 1;
  for (unsigned long i = 0; i < self->arguments[1]; i++) {
    switch (fuzz_below(4)) {
      case 0: kvmpl_system_call(FUZZ_ONE_OF(1, 3, 4, 5, 6, -1UL), fuzz_random()); break;
      case 1: fuzz_ring(); break;
      default: fuzz_access(self);
    }
  }
}

unsigned long driver_main(struct kvmpl_driver *self) {
  self->status = 1;
  fuzz.level = self->level;
  fuzz.processor = self->processor;
  fuzz.trace = self->trace;
  if (self->cpl) {
    hosted_requests(self);
    return 0;
  }
  interrupts_install(); /* on the guest kernel's vCPU it is the kernel's that are */
  fuzz.deadly = self->arguments[2] != 0;
  fuzz.ghcb = (struct ghcb *)fuzz_own_page();
  fuzz.area = vcpu_info()->calling_area;
  fuzz_begin();
  fuzz_requests(self, self->arguments[0], self->arguments[1]);
  self->ghcb = fuzz.ghcb;
  return 0;
}
