/* SPDX-License-Identifier: Apache-2.0
 * Stores 8 bytes while nobody can interrupt it. Arguments: address, data; the status is the result. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  disable_interrupts();
  return kvmpl_store(self, self->arguments[0], 8, self->arguments[1]);
}
