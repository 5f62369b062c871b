/* SPDX-License-Identifier: Apache-2.0
 * A driver that stores what its arguments say: triples of address, length in bytes, data.
 * Its status is the number of stores that were refused. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long refused = 0;
  for (unsigned long i = 0; i + 2 < self->argument_count; i += 3)
    if (kvmpl_store(self, self->arguments[i], self->arguments[i + 1], self->arguments[i + 2]) != SVSM_SUCCESS) refused++;
  return refused;
}
