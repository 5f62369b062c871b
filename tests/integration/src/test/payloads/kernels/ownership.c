/* SPDX-License-Identifier: Apache-2.0
 * Carries out operations on an ownership map. The first driver's arguments: the map, the operations, their number.
 * Each leaves its result. */
#include "validator/ownership.c"

#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"

enum { OWNER_OF, OTHER_OWNER, DESIGNATE, TRANSFER, RELEASE };

struct operation {
  unsigned long kind, start, end, driver, to, result;
};

int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0;
}

static unsigned long release(struct kvmpl_ownership_map *map, unsigned int driver) {
  for (unsigned long page = 0; (page = ownership_next(map, page, driver));)
    ownership_withdraw(map, page, page + KVMPL_PAGE_SIZE);
  return SVSM_SUCCESS;
}

static unsigned long carry_out(struct kvmpl_ownership_map *map, const struct operation *op) {
  unsigned int driver = (unsigned int)op->driver;
  switch (op->kind) {
    case OWNER_OF: return ownership_of(map, op->start);
    case OTHER_OWNER: return ownership_other(map, op->start, op->end, driver);
    case DESIGNATE: return ownership_designate(map, op->start, op->end, driver);
    case TRANSFER: return ownership_transfer(map, op->start, op->end, driver, (unsigned int)op->to);
    default: return release(map, driver);
  }
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  const unsigned long *arguments = info->drivers[0]->arguments;
  struct operation *operations = (struct operation *)arguments[1];
  for (unsigned long i = 0; i < arguments[2]; i++) {
    operations[i].result = carry_out((struct kvmpl_ownership_map *)arguments[0], &operations[i]);
  }
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
