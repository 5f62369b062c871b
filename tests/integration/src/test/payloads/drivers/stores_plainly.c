/* SPDX-License-Identifier: Apache-2.0
 * Stores 8 bytes without being ready for a refusal. Arguments: address, data. Its status is 7 if it gets there. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  *(volatile unsigned long *)self->arguments[0] = self->arguments[1];
  return 7;
}
