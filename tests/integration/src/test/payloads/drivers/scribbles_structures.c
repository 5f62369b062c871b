/* SPDX-License-Identifier: Apache-2.0
 * Fills memory with ones, all of its level's structures as far as the arguments name them: the number of ranges,
 * then their starts and ends. Stores one byte at each address that comes after them, and ends the machine. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  struct kvmpl_driver mine = *self; /* on the stack, which is spared */
  const unsigned long *range = mine.arguments + 1, *stores = range + 2 * mine.arguments[0];
  for (; range < stores; range += 2)
    for (volatile unsigned long *word = (volatile unsigned long *)range[0]; (unsigned long)word < range[1]; word++)
      *word = -1UL;
  for (const unsigned long *to = stores; to < mine.arguments + mine.argument_count; to++) kvmpl_store(&mine, *to, 1, 1);
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
