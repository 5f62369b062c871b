/* SPDX-License-Identifier: Apache-2.0
 * Does nothing, whatever its arguments are. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  (void)self;
  return 0;
}
