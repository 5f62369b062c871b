/* SPDX-License-Identifier: Apache-2.0
 * Reads 8 bytes at the address in its argument, and returns them. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  return *(volatile unsigned long *)self->arguments[0];
}
