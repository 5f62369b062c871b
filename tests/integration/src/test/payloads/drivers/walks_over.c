/* SPDX-License-Identifier: Apache-2.0
 * Accesses 8 bytes by page tables of its own. Arguments: their address, that of the bytes, 0 to load and 1 to store
 * there, the data. Its status is what it has loaded. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  volatile unsigned long *at = (volatile unsigned long *)self->arguments[1];
  unsigned long old = read_cr3(), stores = self->arguments[2], value = self->arguments[3];
  if (stores) *at = 0; /* so that its page is open */
  write_cr3(self->arguments[0]);
  if (stores)
    *at = value;
  else
    value = *at;
  write_cr3(old);
  return value;
}
