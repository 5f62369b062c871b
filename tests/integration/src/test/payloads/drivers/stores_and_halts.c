/* SPDX-License-Identifier: Apache-2.0
 * Stores as its three arguments say and halts for ever, so that the machine fails while it still has what it was
 * granted. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  self->status = kvmpl_store(self, self->arguments[0], self->arguments[1], self->arguments[2]);
  wait_for_interrupt();
  return self->status;
}
