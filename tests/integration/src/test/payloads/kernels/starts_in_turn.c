/* SPDX-License-Identifier: Apache-2.0
 * Starts each driver when the one before has given its vCPU back, on whatever processor. */
#include "kernel.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  for (unsigned long i = 0; i < info->driver_count; i++) {
    struct kvmpl_driver *driver = info->drivers[i];
    unsigned int refused = request(info, driver, GHCB_AP_CREATE);
    if (refused) driver->status = refused;
    if (!refused && driver->processor != info->processor) wait_for_interrupt();
  }
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
