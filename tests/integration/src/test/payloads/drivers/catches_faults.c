/* SPDX-License-Identifier: Apache-2.0
 * Has two exceptions of its own, and a refusal between them, which is none; returns how many there were. */
#include "kvmpl/driver.h"

#define UD2_BYTES 2

static unsigned long caught;

static int handle(struct interrupt_frame *frame) {
  if (frame->vector != VECTOR_UD) return 0;
  caught++;
  frame->rip += UD2_BYTES;
  return 1;
}

unsigned long driver_main(struct kvmpl_driver *self) {
  kvmpl_on_fault(handle);
  __asm__ volatile("ud2");
  if (kvmpl_store(self, self->arguments[0], 8, 1) == SVSM_SUCCESS) return 99;
  __asm__ volatile("ud2");
  return caught;
}
