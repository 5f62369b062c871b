/* SPDX-License-Identifier: Apache-2.0
 * Has an event served in the page in its argument, which it has never registered. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  wrmsr(KVMPL_MSR_GHCB, self->arguments[0]);
  return 0;
}
