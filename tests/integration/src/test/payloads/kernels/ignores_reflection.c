/* SPDX-License-Identifier: Apache-2.0
 * Starts the first driver with interrupts enabled, and does nothing about what is reflected to it. */
#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"

int level_interrupt(struct interrupt_frame *frame) { return frame->vector == KVMPL_VECTOR_REFLECT; }

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  struct kvmpl_driver *driver = info->drivers[0];
  driver->level = 1;
  struct vmsa *vmsa = (struct vmsa *)driver->vmsa;
  vmsa->vmpl = 1;
  vmsa->rip = driver->entry;
  vmsa->rsp = driver->stack;
  vmsa->rdi = (unsigned long)driver;
  vmsa->rflags = 0x202;
  ghcb_event(info->ghcb, GHCB_NAE_SNP_AP_CREATION, 1UL << GHCB_AP_VMPL_SHIFT | GHCB_AP_CREATE, driver->vmsa);
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
