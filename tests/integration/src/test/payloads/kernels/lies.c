/* SPDX-License-Identifier: Apache-2.0
 * Tells every driver that it is the first one, fills the rest of its VMSA with ones, and runs it. */
#include "start.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  for (unsigned long i = 0; i < info->driver_count; i++) {
    struct kvmpl_driver *driver = info->drivers[i];
    volatile unsigned long *words = (volatile unsigned long *)driver->vmsa;
    for (unsigned long j = 0; j < KVMPL_PAGE_SIZE / sizeof *words; j++) words[j] = -1UL;
    driver->id = 1;
    start(info, driver);
  }
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
