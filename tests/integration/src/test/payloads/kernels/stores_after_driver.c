/* SPDX-License-Identifier: Apache-2.0
 * Runs the first driver, then stores 8 bytes itself, where the driver's first argument says. */
#include "start.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  struct kvmpl_driver *driver = info->drivers[0];
  start(info, driver);
  driver->status = kvmpl_store(driver, driver->arguments[0], 8, -1UL);
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
