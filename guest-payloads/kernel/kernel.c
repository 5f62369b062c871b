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

/* A driver as it was at launch: its structure is in its level's memory, and so at the mercy of the drivers there. */
struct start {
  struct kvmpl_driver *driver;
  unsigned int id, level, processor, cpl;
  unsigned long entry, stack, vmsa;
};
static struct start starts[KVMPL_DRIVERS_MAX];

static void note(struct start *start, struct kvmpl_driver *driver) {
  *start = (struct start){
      .driver = driver,
      .id = driver->id,
      .level = driver->wanted_level,
      .processor = driver->processor,
      .cpl = driver->cpl,
      .entry = driver->entry,
      .stack = driver->stack,
      .vmsa = driver->vmsa,
  };
}

/* Has the driver started. On this processor the answer comes when the driver has given its vCPU back, on
 * another one as soon as it can run. Returns whether it was accepted. */
static int start(struct kvmpl_boot_info *info, const struct start *start) {
  struct kvmpl_driver *driver = start->driver;
  detect_reset(info);
  driver->level = start->level;
  trace_step(info->trace, KVMPL_STEP_ASSIGN, start->id);

  struct vmsa *vmsa = (struct vmsa *)start->vmsa;
  vmsa->vmpl = (unsigned char)start->level;
  vmsa->cpl = 0;
  vmsa->rip = start->entry;
  vmsa->rsp = start->stack;
  vmsa->rdi = (unsigned long)driver;
  vmsa->rflags = RFLAGS_RESERVED | (info->detection == KVMPL_DETECTION_REFLECT ? RFLAGS_IF : 0);
  if (start->cpl == KVMPL_CPL_HOSTED) hosting_prepare(info, driver, vmsa);

  trace_step(info->trace, KVMPL_STEP_REQUEST, start->id);
  unsigned int refused = ghcb_event(info->ghcb, GHCB_NAE_SNP_AP_CREATION,
                                    (unsigned long)start->processor << GHCB_AP_APIC_SHIFT |
                                        (unsigned long)start->level << GHCB_AP_VMPL_SHIFT | GHCB_AP_CREATE,
                                    start->vmsa);
  if (refused) driver->status = info->ghcb->sw_exitinfo2;
  return !refused;
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  const unsigned long count = info->driver_count, processor = info->processor;
  unsigned long elsewhere = 0;
  interrupts_install();
  ghcb_register(info->ghcb);
  for (unsigned long i = 0; i < count; i++) note(&starts[i], info->drivers[i]);
  for (unsigned long i = 0; i < count; i++)
    if (starts[i].processor != processor) elsewhere += (unsigned long)start(info, &starts[i]);
  for (unsigned long i = 0; i < count; i++)
    if (starts[i].processor == processor) start(info, &starts[i]);
  while (elsewhere--) wait_for_interrupt(); /* one for each vCPU that is given back on another processor */
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
