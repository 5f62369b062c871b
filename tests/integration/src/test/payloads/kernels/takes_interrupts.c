/* SPDX-License-Identifier: Apache-2.0
 * Asks for interrupts to its own vCPU, has the second driver run there, and takes them when that is done. The first
 * driver's arguments are as those of drivers/takes_interrupts.c; its status is the order in which they have come, the
 * first in the highest byte that is not 0. */
#include "start.h"

#include "../interrupt_order.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  note_interrupts();
  ghcb_register(info->ghcb);
  struct kvmpl_driver *listed = info->drivers[0];
  unsigned long refused = ask_for_interrupts(info->ghcb, listed->arguments + 3, listed->arguments[2]);
  start(info, info->drivers[1]);
  let_interrupts_come(info->ghcb);
  for (unsigned long i = 0; i < interrupts_taken; i++) listed->status = listed->status << 8 | interrupt_order[i];
  if (refused) listed->status = -1UL;
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
