/* SPDX-License-Identifier: Apache-2.0
 * The guest kernel's part at VMPL1: gives each driver its level, asks the hypervisor for a vCPU of that
 * level, and so starts it. It decides nothing about memory: VMPL0 does not believe it. */
#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"
#include "kvmpl/trace.h"

#define DRIVER_VMPL 1
#define FIRST_VCPU_APIC_ID 0
#define RFLAGS_RESERVED 0x2  /* bit 1 is always set */

int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0;  /* nothing interrupts this level */
}

/* Runs the driver to its end; the answer to the request comes when the driver has given its vCPU back. */
static void start(struct kvmpl_boot_info *info, struct kvmpl_driver *driver) {
  driver->ghcb = info->ghcb;
  driver->trace = info->trace;
  driver->level = DRIVER_VMPL;
  trace_step(info->trace, KVMPL_STEP_ASSIGN, driver->id, 0, 0, 0);

  struct vmsa *vmsa = (struct vmsa *)driver->vmsa;
  vmsa->vmpl = (unsigned char)driver->level;
  vmsa->rip = driver->entry;
  vmsa->rsp = driver->stack;
  vmsa->rdi = (unsigned long)driver;
  vmsa->rflags = RFLAGS_RESERVED;

  trace_step(info->trace, KVMPL_STEP_REQUEST, driver->id, 0, 0, 0);
  unsigned int refused =
      ghcb_event(info->ghcb, GHCB_NAE_SNP_AP_CREATION,
                 (unsigned long)FIRST_VCPU_APIC_ID << GHCB_AP_APIC_SHIFT |
                     (unsigned long)driver->level << GHCB_AP_VMPL_SHIFT | GHCB_AP_CREATE,
                 driver->vmsa);
  if (refused) driver->status = info->ghcb->sw_exitinfo2;
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install(info);
  ghcb_register(info->ghcb);
  for (unsigned long i = 0; i < info->driver_count; i++) start(info, &info->drivers[i]);
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
