/* SPDX-License-Identifier: Apache-2.0
 * The guest kernel's part at VMPL1: gives each driver its level, asks the hypervisor for a vCPU of that
 * level, and so starts it. It decides nothing about memory: VMPL0 does not believe it. */
#include "detect.h"
#include "hosting.h"
#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"
#include "kvmpl/trace.h"

#define RFLAGS_RESERVED 0x2  /* bit 1 is always set */
#define RFLAGS_IF 0x200

/* Has the driver started. On this processor the answer comes when the driver has given its vCPU back, on
 * another one as soon as it can run. Returns whether it was accepted. */
static int start(struct kvmpl_boot_info *info, struct kvmpl_driver *driver) {
  detect_reset(info);
  driver->level = driver->wanted_level;
  trace_step(info->trace, KVMPL_STEP_ASSIGN, driver->id);

  struct vmsa *vmsa = (struct vmsa *)driver->vmsa;
  vmsa->vmpl = (unsigned char)driver->level;
  vmsa->cpl = 0;
  vmsa->rip = driver->entry;
  vmsa->rsp = driver->stack;
  vmsa->rdi = (unsigned long)driver;
  vmsa->rflags = RFLAGS_RESERVED | (info->detection == KVMPL_DETECTION_REFLECT ? RFLAGS_IF : 0);
  if (driver->cpl == KVMPL_CPL_HOSTED) hosting_prepare(info, driver, vmsa);

  trace_step(info->trace, KVMPL_STEP_REQUEST, driver->id);
  unsigned int refused = ghcb_event(info->ghcb, GHCB_NAE_SNP_AP_CREATION,
                                    (unsigned long)driver->processor << GHCB_AP_APIC_SHIFT |
                                        (unsigned long)driver->level << GHCB_AP_VMPL_SHIFT | GHCB_AP_CREATE,
                                    driver->vmsa);
  if (refused) driver->status = info->ghcb->sw_exitinfo2;
  return !refused;
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  unsigned long elsewhere = 0;
  interrupts_install();
  ghcb_register(info->ghcb);
  for (unsigned long i = 0; i < info->driver_count; i++)
    if (info->drivers[i]->processor != info->processor) elsewhere += (unsigned long)start(info, info->drivers[i]);
  for (unsigned long i = 0; i < info->driver_count; i++)
    if (info->drivers[i]->processor == info->processor) start(info, info->drivers[i]);
  while (elsewhere--) wait_for_interrupt(); /* one for each vCPU that is given back on another processor */
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
