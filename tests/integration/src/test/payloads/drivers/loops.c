/* SPDX-License-Identifier: Apache-2.0
 * Never gives its vCPU back. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  (void)self;
  for (;;) __asm__ volatile("");
}
