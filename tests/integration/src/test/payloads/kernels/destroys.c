/* SPDX-License-Identifier: Apache-2.0
 * Starts the first driver, takes its vCPU away, and starts the second there. The second's status is its own, if it
 * comes to run. */
#include "kernel.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  struct kvmpl_driver *first = info->drivers[0], *second = info->drivers[1];
  second->status = 0x42;
  if (request(info, first, GHCB_AP_CREATE) == 0) {
    while (request(info, first, GHCB_AP_DESTROY) != 0) __asm__ volatile("pause"); /* not started yet */
    wait_for_interrupt();
  }
  second->processor = first->processor;
  if (request(info, second, GHCB_AP_CREATE) == 0) wait_for_interrupt();
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
