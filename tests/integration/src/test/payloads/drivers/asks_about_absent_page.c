/* SPDX-License-Identifier: Apache-2.0
 * Has the page in its argument rescinded, and then asks the permissions database about it for ever. Its status is how
 * often it has. */
#include "kvmpl/driver.h"
#include "kvmpl/interrupts.h"
#include "kvmpl/svsm.h"

static struct {
  struct svsm_pvalidate_list head;
  unsigned long entry;
} list __attribute__((aligned(16)));

int level_interrupt(struct interrupt_frame *frame) {
  if (frame->vector != VECTOR_VC) return 0;
  frame->rip += RMP_OPCODE_SIZE;
  return 1;
}

unsigned long driver_main(struct kvmpl_driver *self) {
  list.head = (struct svsm_pvalidate_list){.count = 1};
  list.entry = self->arguments[0] | SVSM_PVALIDATE_IGNORE_CF;
  struct svsm_call call = {.rax = SVSM_CORE_PVALIDATE, .rcx = (unsigned long)&list};
  svsm_call(self->ghcb, vcpu_info()->calling_area, &call);
  for (;;) {
    rmpadjust(self->arguments[0], 2, RMP_READ);
    (*(volatile unsigned long *)&self->status)++;
  }
}
