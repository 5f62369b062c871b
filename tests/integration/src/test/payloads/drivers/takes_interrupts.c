/* SPDX-License-Identifier: Apache-2.0
 * Asks for interrupts to its own vCPU, and stores in which order they come, one byte each. Arguments: the address to
 * store to, whether it can take interrupts while it asks, how many it asks for, and their vectors, eight to a word, the
 * last one LAST_INTERRUPT. Its status is how many have come, and for each request that was refused 1000 more. */
#include "kvmpl/driver.h"

#include "../interrupt_order.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  const unsigned long *arguments = self->arguments;
  note_interrupts();
  if (arguments[1]) enable_interrupts();
  unsigned long refused = ask_for_interrupts(self->ghcb, arguments + 3, arguments[2]);
  if (!arguments[1] && interrupts_taken) return -1UL; /* with interrupts off */
  let_interrupts_come(self->ghcb);
  for (unsigned long i = 0; i < interrupts_taken && i < ORDER_MAX; i++)
    kvmpl_store(self, arguments[0] + i, 1, interrupt_order[i]);
  return interrupts_taken + 1000 * refused;
}
