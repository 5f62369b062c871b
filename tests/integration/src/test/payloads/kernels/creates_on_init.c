/* SPDX-License-Identifier: Apache-2.0
 * Has the first driver created on INIT and sends that, to another processor first. The second driver's status, which
 * is never started, says what came of it: a digit a request. */
#include "kernel.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  struct kvmpl_driver *driver = info->drivers[0], *report = info->drivers[1];
  report->status = request(info, driver, GHCB_AP_CREATE_ON_INIT);
  report->status = report->status << 4 | send_init(info, driver->processor + 1);
  driver->status = 0x42; /* the driver's own comes later: it does not run yet */
  report->status = report->status << 4 | (driver->status != 0x42);
  report->status = report->status << 4 | send_init(info, driver->processor);
  wait_for_interrupt();
  report->status = report->status << 4 | send_init(info, driver->processor); /* once is enough */
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
