/* SPDX-License-Identifier: Apache-2.0
 * Carries out operations on an ownership map. The first driver's arguments: the map, the operations, their number.
 * Each leaves its result, and how many entries it looked at. */
static unsigned long looked_at;
#define OWNERSHIP_LOOKED_AT() looked_at++
#include "validator/ownership.c"

#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"

enum { OWNER_OF, OTHER_OWNER, DESIGNATE, TRANSFER, RELEASE };

struct operation {
  unsigned long kind, start, end, driver, to, result, looked_at;
};

int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0;
}

static unsigned long carry_out(struct kvmpl_ownership_map *map, const struct operation *op) {
  unsigned int driver = (unsigned int)op->driver;
  switch (op->kind) {
    case OWNER_OF: return ownership_of(map, op->start);
    case OTHER_OWNER: return ownership_other(map, op->start, op->end, driver);
    case DESIGNATE: return ownership_designate(map, op->start, op->end, driver);
    case TRANSFER: return ownership_transfer(map, op->start, op->end, driver, (unsigned int)op->to);
    default: ownership_release(map, driver); return SVSM_SUCCESS;
  }
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  const unsigned long *arguments = info->drivers[0]->arguments;
  struct operation *operations = (struct operation *)arguments[1];
  for (unsigned long i = 0; i < arguments[2]; i++) {
    looked_at = 0;
    operations[i].result = carry_out((struct kvmpl_ownership_map *)arguments[0], &operations[i]);
    operations[i].looked_at = looked_at;
  }
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
