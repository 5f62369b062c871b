/* SPDX-License-Identifier: Apache-2.0
 * In the validator's place: executes RMPADJUST on a page for VMPL1, as often as the first driver's arguments say, and
 * ends the machine. Arguments: the page's address, how often, whether the permissions change each time. */
#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"

#define OPEN (RMP_READ | RMP_WRITE)
#define LEVEL 1
#define FIRST_DRIVER 0x30000 /* where VMPL1's area has it */

int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0;
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  const struct kvmpl_driver *driver = (const struct kvmpl_driver *)FIRST_DRIVER;
  interrupts_install();
  ghcb_register(info->ghcb);
  for (unsigned long i = 0; i < driver->arguments[1]; i++) {
    unsigned int permissions = i % 2 && driver->arguments[2] ? RMP_READ : OPEN;
    if (rmpadjust(driver->arguments[0], LEVEL, permissions) != RMP_OK) ghcb_terminate(KVMPL_TERMINATE_PANIC);
  }
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
