/* SPDX-License-Identifier: Apache-2.0
 * Reads 2 bytes from the port that RMPADJUST is forwarded by, which takes 4. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned short value;
  (void)self;
  __asm__ volatile("inw %1, %0" : "=a"(value) : "i"(KVMPL_PORT_RMPADJUST));
  return value;
}
