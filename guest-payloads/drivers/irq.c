/* SPDX-License-Identifier: Apache-2.0
 * A driver at CPL 3 that is woken by an interrupt: it asks for one, waits until its handler has run, and stores how
 * often it has. Argument: the address. Its status is the result of the store. */
#include "kvmpl/driver.h"

static volatile unsigned long interrupts;

static void handle(unsigned long vector) {
  if (vector == KVMPL_VECTOR_DEVICE) interrupts++;
}

unsigned long driver_main(struct kvmpl_driver *self) {
  kvmpl_on_interrupt(handle);
  kvmpl_system_call(KVMPL_SYSTEM_CALL_INTERRUPT, 0);
  while (!interrupts) __asm__ volatile("pause");
  return kvmpl_store(self, self->arguments[0], 8, interrupts);
}
