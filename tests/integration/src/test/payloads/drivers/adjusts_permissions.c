/* SPDX-License-Identifier: Apache-2.0
 * Executes RMPADJUST: its arguments are the page, the target level and the permissions. Returns the result. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  return rmpadjust(self->arguments[0], (unsigned int)self->arguments[1], (unsigned int)self->arguments[2]);
}
