/* SPDX-License-Identifier: Apache-2.0
 * Prints as many numbered lines as its first argument says, then one of every format, then one without an end. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  for (unsigned long i = 0; i < self->arguments[0]; i++) kvmpl_printf("line %lu\n", i);
  kvmpl_printf("%s|%c|%d|%5d|%05d|%u|%x|%#lx|%p|%%|%5s\n", "text", 'c', -12, 34, -56, 78u, 0xabcu, 0x123456789abUL,
               (void *)0x1000, "ab");
  kvmpl_printf("no end");
  return 0;
}
