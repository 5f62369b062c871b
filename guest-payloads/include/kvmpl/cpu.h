/* SPDX-License-Identifier: Apache-2.0
 * The instructions that C has no words for. */
#ifndef KVMPL_CPU_H
#define KVMPL_CPU_H

#include "kvmpl/abi.h"
#include "kvmpl/rmp.h"

static inline void wrmsr(unsigned int msr, unsigned long value) {
  __asm__ volatile("wrmsr" : : "c"(msr), "a"((unsigned int)value), "d"((unsigned int)(value >> 32)) : "memory");
}

static inline unsigned long rdmsr(unsigned int msr) {
  unsigned int low, high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
  return (unsigned long)high << 32 | low;
}

static inline unsigned long rdtsc(void) {
  unsigned int low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (unsigned long)high << 32 | low;
}

static inline unsigned long read_cr2(void) {
  unsigned long value;
  __asm__ volatile("mov %%cr2, %0" : "=r"(value));
  return value;
}

static inline void write_cr2(unsigned long value) { __asm__ volatile("mov %0, %%cr2" : : "r"(value)); }

/* What belongs to the vCPU that runs this. */
static inline struct kvmpl_boot_info *vcpu_info(void) {
  struct kvmpl_boot_info *info;
  __asm__ volatile("movq %%gs:0, %0" : "=r"(info));
  return info;
}

static inline unsigned long read_cr3(void) {
  unsigned long value;
  __asm__ volatile("mov %%cr3, %0" : "=r"(value));
  return value;
}

static inline void write_cr3(unsigned long value) { __asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory"); }

static inline void invlpg(unsigned long address) { __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory"); }

static inline void wait_for_interrupt(void) { __asm__ volatile("hlt" : : : "memory"); }

static inline void enable_interrupts(void) { __asm__ volatile("sti" : : : "memory"); }
static inline void disable_interrupts(void) { __asm__ volatile("cli" : : : "memory"); }

#endif
