/* SPDX-License-Identifier: Apache-2.0
 * Gives up, by what its first argument says: 0 kvmpl_panic, 1 kvmpl_assert, 2 an exception, 3 never. */
#include "kvmpl/driver.h"

static void raise(void) { __asm__ volatile("ud2"); }

unsigned long driver_main(struct kvmpl_driver *self) {
  switch (self->arguments[0]) {
    case 0: kvmpl_panic("out of %s after %d", "room", 3);
    case 1: kvmpl_assert(self->argument_count == 7); break;
    case 2: raise(); break;
    default: for (;;) __asm__ volatile("pause");
  }
  return 0;
}
