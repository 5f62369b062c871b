/* SPDX-License-Identifier: Apache-2.0
 * Starts the first driver again and again, and takes its vCPU while it runs. The second one's status, which is never
 * started, is how often it has. */
#include "kernel.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  struct kvmpl_driver *driver = info->drivers[0];
  for (unsigned long i = 0; i < 200; i++) {
    volatile unsigned long *status = &driver->status;
    *status = 0;
    if (request(info, driver, GHCB_AP_CREATE) != 0) break;
    while (*status < 3 + i % 3) __asm__ volatile("pause");
    if (request(info, driver, GHCB_AP_DESTROY) != 0) break;
    wait_for_interrupt();
    info->drivers[1]->status = i + 1;
  }
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
