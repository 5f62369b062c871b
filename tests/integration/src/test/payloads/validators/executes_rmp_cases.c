/* SPDX-License-Identifier: Apache-2.0
 * Executes its table of cases, then lets VMPL1 run. */
#include "rmp_cases.h"

#define DRIVER_VMPL 1

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  (void)info;
  interrupts_install();
  execute_cases((struct rmp_cases *)0xe00000);
  for (;;) ghcb_run_vmpl(DRIVER_VMPL);
}
