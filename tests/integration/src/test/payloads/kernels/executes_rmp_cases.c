/* SPDX-License-Identifier: Apache-2.0
 * Executes its table of cases, and that is all. */
#include "rmp_cases.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  (void)info;
  interrupts_install();
  execute_cases((struct rmp_cases *)0x300000);
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
