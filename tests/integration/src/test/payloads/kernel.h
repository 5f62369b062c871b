/* SPDX-License-Identifier: Apache-2.0
 * What the tests' guest kernels that start drivers elsewhere have in common. */
#ifndef KERNEL_H
#define KERNEL_H

#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"

#ifndef OWN_INTERRUPTS
int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0;
}
#endif

/* One vCPU request for a driver where the scenario wants it; the type is GHCB_AP_*. 0 is success. */
static inline unsigned int request(struct kvmpl_boot_info *info, struct kvmpl_driver *driver, unsigned long type) {
  driver->level = driver->wanted_level;
  struct vmsa *vmsa = (struct vmsa *)driver->vmsa;
  vmsa->vmpl = (unsigned char)driver->level;
  vmsa->rip = driver->entry;
  vmsa->rsp = driver->stack;
  vmsa->rdi = (unsigned long)driver;
  return ghcb_event(info->ghcb, GHCB_NAE_SNP_AP_CREATION,
                    (unsigned long)driver->processor << GHCB_AP_APIC_SHIFT |
                        (unsigned long)driver->level << GHCB_AP_VMPL_SHIFT | type,
                    driver->vmsa);
}

static inline unsigned int send_init(struct kvmpl_boot_info *info, unsigned long apic_id) {
  return ghcb_event(info->ghcb, GHCB_NAE_HV_IPI, apic_id << APIC_ICR_DESTINATION_SHIFT | APIC_ICR_DELIVERY_INIT, 0);
}

#endif
