/* SPDX-License-Identifier: Apache-2.0
 * Makes a large page writable in the page tables that it shares with the guest kernel, and stores 8 bytes there.
 * Arguments: address, data; the status is the result. */
#include "kvmpl/driver.h"

#define ADDRESS 0x000ffffffffff000UL
#define WRITABLE 2UL

static unsigned long *table(unsigned long entry) { return (unsigned long *)(entry & ADDRESS); }

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long address = self->arguments[0];
  unsigned long *directory = table(table(table(read_cr3())[address >> 39 & 511])[address >> 30 & 511]);
  directory[address >> 21 & 511] |= WRITABLE;
  write_cr3(read_cr3());
  return kvmpl_store(self, address, 8, self->arguments[1]);
}
