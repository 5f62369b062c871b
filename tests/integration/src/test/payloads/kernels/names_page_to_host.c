/* SPDX-License-Identifier: Apache-2.0
 * Gives the address of a page of its own to every MSR that may have somebody write there. The first driver's argument
 * is the page, its status the first MSR that has taken it, 0 if none has. */
#include "host_msrs.h"
#include "kvmpl/interrupts.h"

int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0;
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  struct kvmpl_driver *driver = info->drivers[0];
  interrupts_install();
  ghcb_register(info->ghcb);
  info->driver = driver; /* whose guarded instructions go on behind an exception */
  driver->ghcb = info->ghcb;
  driver->status = name_page_to_host(driver, driver->arguments[0]);
  let_time_pass();
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
