/* SPDX-License-Identifier: Apache-2.0
 * Starts the first driver, takes its vCPU away when it has set a status, and starts the second driver there. To take it
 * away once more is refused; if it is not, the first driver's status says so. */
#include "kernel.h"

#define UNSET 0x42

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  struct kvmpl_driver *first = info->drivers[0], *second = info->drivers[1];
  first->status = second->status = UNSET;
  if (request(info, first, GHCB_AP_CREATE) == 0) {
    while (*(volatile unsigned long *)&first->status == UNSET) __asm__ volatile("pause");
    request(info, first, GHCB_AP_DESTROY);
    first->status |= (request(info, first, GHCB_AP_DESTROY) == 0) << 8;
    wait_for_interrupt();
  }
  if (request(info, second, GHCB_AP_CREATE) == 0) wait_for_interrupt();
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
