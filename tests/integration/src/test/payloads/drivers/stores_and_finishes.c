/* SPDX-License-Identifier: Apache-2.0
 * Stores as its three arguments say and ends the machine, while it still has what it was granted. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  self->status = kvmpl_store(self, self->arguments[0], self->arguments[1], self->arguments[2]);
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
