/* SPDX-License-Identifier: Apache-2.0
 * Starts the first driver on its processor, at VMPL2, and changes that level's permissions on a page that it does not use
 * all the time until it is done: so its vCPU leaves the guest all the time. Then starts the second one there. */
#include "kernel.h"

#define PAGE 0x1180000UL
#define RUNNING (~0UL)

static int run(struct kvmpl_boot_info *info, struct kvmpl_driver *driver) {
  volatile unsigned long *status = &driver->status;
  *status = RUNNING;
  if (request(info, driver, GHCB_AP_CREATE) != 0) return 0;
  for (unsigned long i = 0; *status == RUNNING; i++)
    rmpadjust(PAGE, driver->wanted_level, i % 2 ? RMP_READ : RMP_READ | RMP_EXECUTE_USER);
  wait_for_interrupt();
  return 1;
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  for (unsigned long i = 0; i < info->driver_count && run(info, info->drivers[i]); i++);
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
