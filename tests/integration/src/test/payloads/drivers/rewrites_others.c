/* SPDX-License-Identifier: Apache-2.0
 * Fills the structure in its first argument, of another driver of its level, with its second. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  volatile unsigned long *words = (volatile unsigned long *)self->arguments[0];
  for (unsigned long i = 0; i < sizeof *self / sizeof *words; i++) words[i] = self->arguments[1];
  return 0;
}
