/* SPDX-License-Identifier: Apache-2.0
 * Stores to the page in its argument, and then lets VMPL2 write it too. Its status is RMPADJUST's. */
#include "kvmpl/driver.h"
#include "kvmpl/rmp.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  kvmpl_store(self, self->arguments[0], 8, 1);
  return rmpadjust(self->arguments[0], 2, RMP_READ | RMP_WRITE);
}
