/* SPDX-License-Identifier: Apache-2.0
 * Asks for one vCPU, for the first driver, in the way that the driver's arguments say: APIC id, level and
 * type of the request, the VMSA's distance from where it belongs, the level in the VMSA, the entry point's
 * distance from the driver's. The driver's status is the answer: EXITINFO1 in the high half, EXITINFO2 in
 * the low one; a driver that was started leaves 0. */
#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"

enum { APIC_ID, LEVEL, TYPE, VMSA_DISTANCE, VMSA_LEVEL, ENTRY_DISTANCE };

int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0;
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);

  struct kvmpl_driver *driver = info->drivers[0];
  const unsigned long *how = driver->arguments;
  driver->ghcb = info->ghcb;
  driver->trace = info->trace;
  driver->level = 1;
  driver->vmsa += how[VMSA_DISTANCE];
  struct vmsa *vmsa = (struct vmsa *)driver->vmsa;
  vmsa->vmpl = (unsigned char)how[VMSA_LEVEL];
  vmsa->rip = driver->entry + how[ENTRY_DISTANCE];
  vmsa->rsp = driver->stack;
  vmsa->rdi = (unsigned long)driver;

  unsigned long answer = ghcb_event(
      info->ghcb, GHCB_NAE_SNP_AP_CREATION,
      how[APIC_ID] << GHCB_AP_APIC_SHIFT | how[LEVEL] << GHCB_AP_VMPL_SHIFT | how[TYPE], driver->vmsa);
  driver->status = answer << 32 | (unsigned int)info->ghcb->sw_exitinfo2;
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
