/* SPDX-License-Identifier: Apache-2.0
 * Stores 8 bytes itself, before any driver is associated with the vCPU: address and data are the first
 * driver's arguments, whose status is the result. */
#include "kvmpl/driver.h"
#include "kvmpl/interrupts.h"

int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0;
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  struct kvmpl_driver *driver = info->drivers[0];
  driver->ghcb = info->ghcb;
  driver->trace = info->trace;
  driver->status = kvmpl_store(driver, driver->arguments[0], 8, driver->arguments[1]);
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
