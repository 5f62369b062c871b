/* SPDX-License-Identifier: Apache-2.0
 * Talking to the hypervisor. VMGEXIT exists only under SEV, so the write to the GHCB MSR is the exit. */
#ifndef KVMPL_GHCB_H
#define KVMPL_GHCB_H

#include "kvmpl/cpu.h"

static inline unsigned long ghcb_msr_call(unsigned long value) {
  wrmsr(KVMPL_MSR_GHCB, value);
  return rdmsr(KVMPL_MSR_GHCB);
}

static inline void ghcb_mark_valid(struct ghcb *ghcb, unsigned long offset) {
  ghcb->valid_bitmap[offset / 64] |= (unsigned char)(1 << (offset / 8 % 8));
}

/* Leaves an event in the page, for one who is going to write its address to the MSR. */
static inline void ghcb_prepare(struct ghcb *ghcb, unsigned long code, unsigned long info1, unsigned long info2) {
  for (unsigned int i = 0; i < sizeof ghcb->valid_bitmap; i++) ghcb->valid_bitmap[i] = 0;
  ghcb->protocol_version = GHCB_PROTOCOL_VERSION_MAX;
  ghcb->usage = 0;
  ghcb->sw_exitcode = code;
  ghcb->sw_exitinfo1 = info1;
  ghcb->sw_exitinfo2 = info2;
  ghcb_mark_valid(ghcb, __builtin_offsetof(struct ghcb, sw_exitcode));
  ghcb_mark_valid(ghcb, __builtin_offsetof(struct ghcb, sw_exitinfo1));
  ghcb_mark_valid(ghcb, __builtin_offsetof(struct ghcb, sw_exitinfo2));
}

/* One non-automatic exit through the page; returns SW_EXITINFO1's low half, 0 when it was served. */
static inline unsigned int ghcb_event(struct ghcb *ghcb, unsigned long code, unsigned long info1, unsigned long info2) {
  ghcb_prepare(ghcb, code, info1, info2);
  wrmsr(KVMPL_MSR_GHCB, (unsigned long)ghcb);
  return (unsigned int)*(volatile unsigned long *)&ghcb->sw_exitinfo1;
}

/* Gives the vCPU back that the driver was associated with; returns only if that is refused. */
static inline void ghcb_give_back(const struct kvmpl_driver *driver) {
  ghcb_event(driver->ghcb, GHCB_NAE_SNP_AP_CREATION,
             (unsigned long)driver->processor << GHCB_AP_APIC_SHIFT |
                 (unsigned long)driver->level << GHCB_AP_VMPL_SHIFT | GHCB_AP_DESTROY,
             driver->vmsa);
}

static inline void ghcb_register(struct ghcb *ghcb) {
  ghcb_msr_call((unsigned long)ghcb | GHCB_MSR_REGISTER_GPA_REQUEST);
}

static inline void ghcb_run_vmpl(unsigned int level) {
  wrmsr(KVMPL_MSR_GHCB, (unsigned long)level << GHCB_MSR_RUN_VMPL_SHIFT | GHCB_MSR_RUN_VMPL_REQUEST);
}

static inline __attribute__((noreturn)) void ghcb_terminate(unsigned int reason) {
  for (;;)
    wrmsr(KVMPL_MSR_GHCB, (unsigned long)reason << GHCB_MSR_TERMINATE_REASON_SHIFT |
                              KVMPL_TERMINATE_SET << GHCB_MSR_TERMINATE_SET_SHIFT | GHCB_MSR_TERMINATE_REQUEST);
}

#endif
