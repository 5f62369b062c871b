/* SPDX-License-Identifier: Apache-2.0
 * Reads `count` bytes from a port with one REP INS to an address, then writes them to the next port with REP OUTS.
 * Arguments: port, count, address. Its status is the last result. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long to = self->arguments[2], from = to, count = self->arguments[1], left = count;
  kvmpl_clear_result(self);
  __asm__ volatile("rep insb" : "+D"(to), "+c"(left) : "d"((unsigned short)self->arguments[0]) : "memory");
  left = count;
  __asm__ volatile("rep outsb" : "+S"(from), "+c"(left) : "d"((unsigned short)(self->arguments[0] + 1)) : "memory");
  return kvmpl_result(self);
}
