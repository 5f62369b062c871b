/* SPDX-License-Identifier: Apache-2.0
 * How the tests' kernels start a driver in their own place. */
#ifndef START_H
#define START_H

#include "kvmpl/driver.h"
#include "kvmpl/interrupts.h"

int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0;
}

static inline void start(struct kvmpl_boot_info *info, struct kvmpl_driver *driver) {
  driver->level = driver->wanted_level;
  struct vmsa *vmsa = (struct vmsa *)driver->vmsa;
  vmsa->vmpl = (unsigned char)driver->level;
  vmsa->cpl = 0;
  vmsa->rip = driver->entry;
  vmsa->rsp = driver->stack;
  vmsa->rdi = (unsigned long)driver;
  ghcb_event(info->ghcb, GHCB_NAE_SNP_AP_CREATION,
             (unsigned long)driver->level << GHCB_AP_VMPL_SHIFT | GHCB_AP_CREATE, driver->vmsa);
}

#endif
