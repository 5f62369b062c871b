/* SPDX-License-Identifier: Apache-2.0
 * Says that it is ready to be refused, and to go on at an address that is not its own. Arguments: the address, and
 * where it stores. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  self->fixup_rsp = self->arguments[0];
  self->fixup_rip = self->arguments[0];
  *(volatile unsigned long *)self->arguments[1] = 1;
  return 7;
}
