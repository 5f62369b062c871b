/* SPDX-License-Identifier: Apache-2.0
 * Asks for interrupts while it computes with every general register and flag; the handler stores, so that its own
 * operations come in between the driver's. Arguments: how many, an address for the driver, one for the handler.
 * Its status is 0 if nothing was disturbed. */
#include "kvmpl/driver.h"

static struct kvmpl_driver *me;
static volatile unsigned long taken, wrong;

static void handle(unsigned long vector) {
  wrong += vector != KVMPL_VECTOR_DEVICE;
  taken++;
  wrong += kvmpl_store(me, me->arguments[2], 8, taken) != KVMPL_ERR_RESTRICTED;
  __asm__ volatile("" : : : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15");
}

unsigned long driver_main(struct kvmpl_driver *self) {
  me = self;
  kvmpl_on_interrupt(handle);
  for (unsigned long i = 1; i <= self->arguments[0]; i++) {
    kvmpl_system_call(KVMPL_SYSTEM_CALL_INTERRUPT, 0);
    wrong += kvmpl_store(self, self->arguments[1], 8, i) != SVSM_SUCCESS;
    while (taken < i) __asm__ volatile("pause");
    wrong += taken != i;
  }
  return wrong + (taken != self->arguments[0]);
}
