/* SPDX-License-Identifier: Apache-2.0
 * Fills its level's trace ring with ones and sets its head to its first argument; then stores as the three
 * arguments after that say. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  volatile unsigned long *words = (volatile unsigned long *)self->trace->records;
  for (unsigned long i = 0; i < (sizeof self->trace->records) / (sizeof *words); i++) words[i] = -1UL;
  self->trace->head = self->arguments[0];
  return kvmpl_store(self, self->arguments[1], self->arguments[2], self->arguments[3]);
}
