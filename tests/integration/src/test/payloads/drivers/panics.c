/* SPDX-License-Identifier: Apache-2.0
 * Executes an instruction that does not exist. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  (void)self;
  __asm__ volatile("ud2");
  return 0;
}
