/* SPDX-License-Identifier: Apache-2.0
 * The first processor of interleaving.h. */
#define OWN_INTERRUPTS
#include "interleaving.h"
#include "kernel.h"

static unsigned long take(struct kvmpl_boot_info *info, struct kvmpl_driver *driver) {
  unsigned long refused = request(info, driver, GHCB_AP_DESTROY);
  if (!refused) wait_for_interrupt();
  return refused;
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  static struct kvmpl_driver self;
  unsigned long passes_on = 0;
  interrupts_install();
  ghcb_register(info->ghcb);
  self.ghcb = info->ghcb;
  self.trace = info->trace;
  info->driver = &self; /* so that it is ready to be refused */
  for (unsigned long i = 0; i < PROGRESS_PAGES; i++)
    for (unsigned int level = 2; level <= 3; level++)
      rmpadjust(PROGRESS + i * KVMPL_PAGE_SIZE, level, RMP_READ | RMP_WRITE);
  for (unsigned long i = 0; i < PROGRAM->count; i++) {
    const struct op *op = &PROGRAM->ops[i];
    if (op->processor != info->processor) continue;
    await_turn(i, 1, passes_on);
    unsigned long result = 0;
    switch (op->kind) {
      case START:
        result = request(info, info->drivers[op->a], GHCB_AP_CREATE);
        if (!result) continue; /* the driver goes on */
        break;
      case AWAIT: wait_for_interrupt(); break;
      case TAKE: result = take(info, info->drivers[op->a]); break;
      case PASS_ON: passes_on = op->a; break;
      default: result = carry_out(op, &self);
    }
    done(i, result);
  }
  await_turn(PROGRAM->count, 1, 0);
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
