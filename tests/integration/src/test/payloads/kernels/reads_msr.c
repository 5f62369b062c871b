/* SPDX-License-Identifier: Apache-2.0
 * Runs the first driver in its place, and reads the GHCB MSR before and after it: the second driver's status is 0 if
 * both are the same. */
#include "start.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  unsigned long before = rdmsr(KVMPL_MSR_GHCB);
  start(info, info->drivers[0]);
  info->drivers[1]->status = rdmsr(KVMPL_MSR_GHCB) ^ before;
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
