/* SPDX-License-Identifier: Apache-2.0
 * Stores a descriptor-table register, ready to be refused. Arguments: address, 0 for sgdt and 1 for sidt, and where to
 * store a byte before that, 0 for nowhere. Its status is the result. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long rip, to = self->arguments[0];
  if (self->arguments[2]) kvmpl_store(self, self->arguments[2], 1, 1);
  kvmpl_clear_result(self);
  if (self->arguments[1])
    KVMPL_GUARDED(self, rip, "sidt (%[to])", , [to] "r"(to));
  else
    KVMPL_GUARDED(self, rip, "sgdt (%[to])", , [to] "r"(to));
  return kvmpl_result(self);
}
