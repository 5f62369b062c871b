/* SPDX-License-Identifier: Apache-2.0
 * Starts the first driver, and when that has set a status, so that it runs, the second one. Does not wait for the first,
 * but says that all is done. */
#include "kernel.h"

#define UNSET 0x42

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  struct kvmpl_driver *first = info->drivers[0];
  first->status = UNSET;
  request(info, first, GHCB_AP_CREATE);
  while (*(volatile unsigned long *)&first->status == UNSET) __asm__ volatile("pause");
  request(info, info->drivers[1], GHCB_AP_CREATE);
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
