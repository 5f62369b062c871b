/* SPDX-License-Identifier: Apache-2.0
 * MSRs by which a guest tells KVM, a hypervisor that KVM plays, or the CPU where in memory to write, and some that are
 * near to them. */
#ifndef HOST_MSRS_H
#define HOST_MSRS_H

#include "kvmpl/driver.h"

static const struct {
  unsigned int first, count;
} host_msrs[] = {
    {0x11, 2},           /* wall clock and system time as they were first */
    {0x9e, 1},           /* SMBASE */
    {0x1d9, 1},          /* DEBUGCTL: branch trace store */
    {0x3f1, 2},          /* PEBS */
    {0x480, 0x14},       /* VMX */
    {0x560, 0x12},       /* Processor Trace */
    {0x580, 8},
    {0x600, 1},          /* DS area */
    {0x6a0, 9},          /* shadow stacks */
    {0x800, 0x40},       /* x2APIC */
    {0x40000000, 0x120}, /* Hyper-V: hypercall page, reference TSC, VP assist, SynIC; Xen: hypercall page */
    {0x40000200, 2},     /* both at once: Xen beside Hyper-V */
    {0x4b564d00, 0x100}, /* KVM: wall clock, system time, async PF, steal time, PV EOI; PVM: vCPU structure */
    {0xc0000105, 2},     /* lightweight profiling */
    {0xc0010111, 7},     /* AMD's SMBASE, SMM_ADDR, SMM_MASK, VM_CR, IGNNE, SMM_CTL, VM_HSAVE_PA */
    {0xc0011030, 0x10},  /* instruction-based sampling */
};
#define HOST_MSR_RANGES (sizeof host_msrs / sizeof host_msrs[0])

static inline int msr_takes(struct kvmpl_driver *self, unsigned int msr, unsigned long value) {
  unsigned long rip;
  kvmpl_clear_result(self);
  KVMPL_GUARDED(self, rip, "wrmsr", , "c"(msr) KVMPL_COMMA "a"(value) KVMPL_COMMA "d"(value >> 32));
  (void)rip;
  return kvmpl_result(self) == SVSM_SUCCESS;
}

/* Writes to each of them the page's address, with what mostly is the enable bit and without it. Returns the first one
 * for which that was no error, 0 if there was none. */
static inline unsigned long name_page_to_host(struct kvmpl_driver *self, unsigned long page) {
  unsigned long taken = 0;
  for (unsigned long range = 0; range < HOST_MSR_RANGES; range++)
    for (unsigned int i = 0; i < host_msrs[range].count; i++) {
      unsigned int msr = host_msrs[range].first + i;
      int takes = msr_takes(self, msr, page | 1) | msr_takes(self, msr, page);
      if (takes && !taken) taken = msr;
    }
  return taken;
}

/* Exits and entries, at which KVM would keep what it keeps in memory. */
static inline void let_time_pass(void) {
  for (int i = 0; i < 200; i++) rdmsr(KVMPL_MSR_GHCB);
}

#endif
