/* SPDX-License-Identifier: Apache-2.0
 * One REP STOSQ of ones: to the address in its first argument, as many as its second says. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long to = self->arguments[0], count = self->arguments[1];
  __asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(-1UL) : "memory");
  return 0;
}
