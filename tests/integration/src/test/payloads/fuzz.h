/* SPDX-License-Identifier: Apache-2.0
 * Random requests, most of them well-formed but for one thing: GHCB MSR, events in GHCB pages, SVSM calls with their
 * lists, instructions on the permissions database, accesses, records in the trace ring. The same seed gives the same
 * requests. What would be the end of whoever asks is left out, unless `deadly` is set. */
#ifndef FUZZ_H
#define FUZZ_H

#include "kvmpl/driver.h"
#include "kvmpl/interrupts.h"
#include "kvmpl/svsm.h"

#define FUZZ_PAGES 8
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define LARGE_PAGE 0x200000UL

/* Pages that the requests are made with; and some that nothing else is done with, which may be rescinded. */
static unsigned char fuzz_pages[FUZZ_PAGES][KVMPL_PAGE_SIZE] __attribute__((aligned(KVMPL_PAGE_SIZE)));
static unsigned char fuzz_victims[FUZZ_PAGES][KVMPL_PAGE_SIZE] __attribute__((aligned(KVMPL_PAGE_SIZE)));

static struct {
  unsigned long random;
  unsigned int level, processor;
  int deadly, keeps_ghcb;
  struct ghcb *ghcb;
  struct svsm_calling_area *area;
  struct kvmpl_trace_ring *trace;
} fuzz;

static unsigned long fuzz_random(void) { /* xorshift64* */
  fuzz.random ^= fuzz.random >> 12;
  fuzz.random ^= fuzz.random << 25;
  fuzz.random ^= fuzz.random >> 27;
  return fuzz.random * 0x2545f4914f6cdd1dUL;
}

static unsigned long fuzz_below(unsigned long limit) { return (fuzz_random() >> 16) % limit; }
static int fuzz_once_in(unsigned long times) { return fuzz_below(times) == 0; }
#define FUZZ_ONE_OF(...) (((const unsigned long[]){__VA_ARGS__})[fuzz_below(LENGTH(((const unsigned long[]){__VA_ARGS__})))])

static unsigned long fuzz_own_page(void) { return (unsigned long)fuzz_pages[fuzz_below(FUZZ_PAGES)]; }

/* An address that means something to somebody, of whole pages. */
static unsigned long fuzz_page(void) {
  switch (fuzz_below(8)) {
    case 0: return fuzz_own_page();
    case 1:
    case 2: return (unsigned long)fuzz_victims[fuzz_below(FUZZ_PAGES)];
    case 3: return KVMPL_VMPL0_BASE + fuzz_below((KVMPL_KERNEL_MEMORY_BASE - KVMPL_VMPL0_BASE) / KVMPL_PAGE_SIZE) * KVMPL_PAGE_SIZE;
    case 4: return FUZZ_ONE_OF(0x1200000, 0x120f000, 0x1210000, 0x1400000, 0x140f000, 0x1410000, 0x17ff000, 0x1800000);
    case 5: return LARGE_PAGE * fuzz_below(16); /* the starts of the levels' memory, and of large pages */
    case 6: return fuzz_once_in(8) ? fuzz_random() & -(unsigned long)KVMPL_PAGE_SIZE : 0x1000000 + fuzz_below(64) * KVMPL_PAGE_SIZE;
    default: return 0x1100000 + fuzz_below(16) * KVMPL_PAGE_SIZE;
  }
}

static unsigned long fuzz_address(void) { return fuzz_page() + (fuzz_once_in(4) ? fuzz_below(KVMPL_PAGE_SIZE) : 0); }

/* The same address, or one in a page to which anything may happen if it is in memory that the level, or one below it,
 * lives in. */
static unsigned long fuzz_harmless(unsigned long address) {
  unsigned long victims = (unsigned long)fuzz_victims, start = fuzz.level == 1 ? 0 : fuzz.level * LARGE_PAGE;
  int is_victim = address >= victims && address < victims + sizeof fuzz_victims;
  int is_lived_in = address >= start && address < KVMPL_VMPL0_BASE;
  return fuzz.deadly || is_victim || !is_lived_in ? address : victims + address % KVMPL_PAGE_SIZE;
}

/* Any exception of an instruction that fuzz_try runs ends it; interrupts are taken and forgotten. */
static volatile unsigned long fuzz_resume;

static int fuzz_interrupt(struct interrupt_frame *frame) {
  if (frame->vector >= 32) return 1;
  if (frame->vector == VECTOR_GP && frame->error & 2) return 1; /* an interrupt for which there is no gate */
  if (!fuzz_resume) return 0;
  frame->rip = fuzz_resume;
  fuzz_resume = 0;
  return 1;
}

#define FUZZ_TRY(instruction, rax, rcx, rdx)                                                             \
  __asm__ volatile("leaq 1f(%%rip), %%r8\n\tmovq %%r8, %[resume]\n\t" instruction "\n1:\tmovq $0, %[resume]" \
                   : "+a"(rax), "+c"(rcx), "+d"(rdx), [resume] "=m"(fuzz_resume)                          \
                   :                                                                                      \
                   : "r8", "memory", "cc")

static unsigned long fuzz_level(void) { return fuzz_once_in(8) ? fuzz_random() & 0xff : fuzz_below(5); }

static void fuzz_msr(void) {
  unsigned long value = FUZZ_ONE_OF(0x002, 0x004, 0x006, 0x010, 0x012, 0x012, 0x014, 0x016, 0x016, 0x018, 0x080, 0xfff);
  switch (fuzz_below(4)) {
    case 0: value |= fuzz_level() << GHCB_MSR_RUN_VMPL_SHIFT; break;
    case 1: value |= fuzz_own_page(); break;
    case 2: value |= fuzz_page(); break;
    default: value |= fuzz_random() & ~0xfffUL;
  }
  unsigned long answer = ghcb_msr_call(value);
  if ((value & GHCB_MSR_INFO_MASK) != GHCB_MSR_REGISTER_GPA_REQUEST || (answer & ~0xfffUL) != (value & ~0xfffUL)) return;
  unsigned long page = value & ~0xfffUL;
  if (!fuzz.keeps_ghcb && (fuzz.deadly || (page >= (unsigned long)fuzz_pages && page < (unsigned long)fuzz_pages + sizeof fuzz_pages)))
    fuzz.ghcb = (struct ghcb *)page;
  else
    ghcb_register(fuzz.ghcb);
}

static unsigned long fuzz_event_info(unsigned long code) {
  unsigned long level = fuzz_level(), apic_id = fuzz_below(5), type = fuzz_below(4);
  switch (code) {
    case GHCB_NAE_SNP_AP_CREATION:
      if (type == GHCB_AP_DESTROY && level == fuzz.level && apic_id == fuzz.processor && !fuzz.deadly) type = 0;
      return apic_id << GHCB_AP_APIC_SHIFT | level << GHCB_AP_VMPL_SHIFT | type;
    case GHCB_NAE_HV_IPI:
      return FUZZ_ONE_OF(APIC_ICR_SHORTHAND_SELF, APIC_ICR_SHORTHAND_SELF, APIC_ICR_DELIVERY_INIT, 0, 0x300, 0x80000) |
             (type ? fuzz_below(256) : 0) | (fuzz_once_in(4) ? apic_id << APIC_ICR_DESTINATION_SHIFT : 0);
    default: return level;
  }
}

static void fuzz_event(void) {
  struct ghcb *ghcb = fuzz.ghcb;
  unsigned long code = FUZZ_ONE_OF(GHCB_NAE_SNP_AP_CREATION, GHCB_NAE_HV_IPI, GHCB_NAE_SNP_RUN_VMPL, GHCB_NAE_HV_FEATURES,
                                   GHCB_NAE_NPF, GHCB_NAE_IOIO, GHCB_NAE_MSR, 0x80000010, 0);
  ghcb->usage = fuzz_once_in(8) ? (unsigned int)fuzz_random() : 0;
  ghcb->protocol_version = fuzz_once_in(8) ? (unsigned short)fuzz_random() : GHCB_PROTOCOL_VERSION_MAX;
  for (unsigned int i = 0; i < sizeof ghcb->valid_bitmap; i++)
    ghcb->valid_bitmap[i] = fuzz_once_in(16) ? (unsigned char)fuzz_random() : 0xff;
  ghcb->rax = fuzz_random();
  ghcb->sw_exitinfo1 = fuzz_once_in(8) ? fuzz_random() : fuzz_event_info(code);
  ghcb->sw_exitinfo2 = fuzz_address();
  ghcb->sw_exitcode = fuzz_once_in(16) ? code | fuzz_random() << 32 : code;
  if (code == GHCB_NAE_SNP_AP_CREATION && !fuzz.deadly) ghcb->sw_exitinfo1 = fuzz_event_info(code);
  wrmsr(KVMPL_MSR_GHCB, (unsigned long)ghcb);
  if (fuzz_once_in(4)) {
    enable_interrupts();
    rdmsr(KVMPL_MSR_GHCB);
    disable_interrupts();
  }
}

static unsigned long fuzz_list(void) {
  struct svsm_pvalidate_list *list = (struct svsm_pvalidate_list *)fuzz_own_page();
  list->count = fuzz_once_in(16) ? (unsigned short)fuzz_random() : (unsigned short)fuzz_below(9);
  list->next = fuzz_once_in(8) ? (unsigned short)fuzz_below(10) : 0;
  for (unsigned int i = 0; i < 8; i++) {
    unsigned long page = fuzz_once_in(8) ? (unsigned long)list : fuzz_harmless(fuzz_page());
    list->entries[i] = page | (fuzz_once_in(8) ? fuzz_below(16) : fuzz_below(2) * SVSM_PVALIDATE_VALIDATE | fuzz_below(2) * 8);
    if (!fuzz.deadly && list->entries[i] & 3) list->entries[i] = (list->entries[i] & 0xf) | FUZZ_ONE_OF(0x1000000, 0x1200000, 0x1600000);
  }
  for (unsigned int i = 8; i < 511; i++) list->entries[i] = 0x1100000;
  return fuzz_once_in(16) ? fuzz_address() : (unsigned long)list;
}

static void fuzz_call(void) {
  unsigned long rax = FUZZ_ONE_OF(0, 1, 1, 1, 2, 2, 3, 4, 5, 6, 7) |
                      (fuzz_once_in(3) ? FUZZ_ONE_OF(1, 2, KVMPL_PROTOCOL, KVMPL_PROTOCOL, KVMPL_PROTOCOL) << 32 : 0);
  struct ghcb *ghcb = fuzz.ghcb;
  unsigned long rcx = fuzz_address(), rdx = fuzz_address(), r8 = fuzz_below(5);
  switch (rax) {
    case SVSM_CORE_REMAP_CA: rcx = fuzz_once_in(2) ? fuzz_harmless(rcx) & -8UL : rcx; break;
    case SVSM_CORE_PVALIDATE: rcx = fuzz_list(); break;
    case SVSM_CORE_CREATE_VCPU:
    case SVSM_CORE_DELETE_VCPU: {
      struct vmsa *vmsa = (struct vmsa *)fuzz_own_page();
      vmsa->vmpl = (unsigned char)fuzz_level();
      if (!fuzz_once_in(4)) rcx = (unsigned long)vmsa;
      if (!fuzz_once_in(4)) rdx = fuzz_own_page();
      break;
    }
    case (unsigned long)KVMPL_PROTOCOL << 32: rdx = fuzz_below(4), r8 = fuzz_below(10); break;
    case (unsigned long)KVMPL_PROTOCOL << 32 | KVMPL_CALL_TRANSFER: rdx = fuzz_below(4) * KVMPL_PAGE_SIZE; break;
    default: break;
  }
  struct svsm_call call = {.rax = rax, .rcx = fuzz_once_in(16) ? fuzz_random() : rcx, .rdx = rdx, .r8 = r8};
  if (rax == SVSM_CORE_REMAP_CA) call.rcx = fuzz_harmless(call.rcx);
  unsigned long where = call.rcx;
  if (fuzz_once_in(16)) { /* not announced */
    ghcb->rax = rax;
    ghcb_event(ghcb, GHCB_NAE_SNP_RUN_VMPL, 0, 0);
  } else if (svsm_call(ghcb, fuzz.area, &call) == SVSM_SUCCESS && rax == SVSM_CORE_REMAP_CA) {
    fuzz.area = (struct svsm_calling_area *)where;
  }
}

static void fuzz_rmp(void) {
  unsigned long rax = fuzz_harmless(fuzz_address()), rcx = fuzz_once_in(8) ? fuzz_random() : fuzz_below(2);
  unsigned long rdx = fuzz_once_in(8) ? fuzz_random() : fuzz_level() | fuzz_below(16) << RMP_PERMISSIONS_SHIFT | fuzz_below(2) << 16;
  switch (fuzz_below(6)) {
    case 0: FUZZ_TRY(".byte 0xf3, 0x0f, 0x01, 0xfe", rax, rcx, rdx); break;
    case 1: FUZZ_TRY(".byte 0xf3, 0x0f, 0x01, 0xfd", rax, rcx, rdx); break;
    case 2: FUZZ_TRY(".byte 0xf2, 0x0f, 0x01, 0xff", rax, rcx, rdx); break;
    case 3: FUZZ_TRY("inl $0xa0, %%eax", rax, rcx, rdx); break;
    case 4: FUZZ_TRY("inl $0xa1, %%eax", rax, rcx, rdx); break;
    case 5: FUZZ_TRY("inl $0xa2, %%eax", rax, rcx, rdx); break;
  }
}

static void fuzz_access(struct kvmpl_driver *self) {
  unsigned long address = fuzz_harmless(fuzz_page()) + fuzz_below(KVMPL_PAGE_SIZE / 8) * 8, data;
  if (fuzz_once_in(2))
    kvmpl_store(self, address, 1UL << fuzz_below(4), fuzz_random());
  else
    kvmpl_load(self, address, 1UL << fuzz_below(4), &data);
}

static void fuzz_ring(void) {
  volatile unsigned long *ring = (volatile unsigned long *)fuzz.trace;
  switch (fuzz_below(4)) {
    case 0: fuzz.trace->head = fuzz_random(); break;
    case 1: fuzz.trace->head += fuzz_below(3 * KVMPL_TRACE_CAPACITY); break;
    case 2: fuzz.trace->enabled = fuzz_below(2); break;
    default: ring[2 + fuzz_below(sizeof fuzz.trace->records / 8)] = fuzz_once_in(2) ? fuzz_random() : fuzz_below(32);
  }
}

/* What may well be the last that it does. */
static void fuzz_end(void) {
  unsigned long rax = fuzz_random(), rcx = 0, rdx = FUZZ_ONE_OF(0xa0, 0xa1, 0x42, 0x3f8);
  switch (fuzz_below(6)) {
    case 0: wrmsr(KVMPL_MSR_GHCB, (fuzz_random() & ~0xfffUL) | GHCB_MSR_TERMINATE_REQUEST); break;
    case 1: wrmsr(KVMPL_MSR_GHCB, fuzz_page()); break;
    case 2: wait_for_interrupt(); break;
    case 3: FUZZ_TRY("outb %%al, %%dx", rax, rcx, rdx); break;
    case 4: FUZZ_TRY("inw %%dx, %%ax", rax, rcx, rdx); break;
    case 5: ghcb_register((struct ghcb *)(unsigned long)fuzz_victims); break;
  }
}

/* Says where it announces its calls, so that a vCPU that it creates in its own place does not change that. */
static void fuzz_begin(void) {
  struct svsm_call call = {.rax = SVSM_CORE_REMAP_CA, .rcx = (unsigned long)fuzz.area};
  ghcb_register(fuzz.ghcb);
  svsm_call(fuzz.ghcb, fuzz.area, &call);
}

/* Makes so many requests; `self` is for accesses, which are only made with one. */
static void fuzz_requests(struct kvmpl_driver *self, unsigned long seed, unsigned long count) {
  fuzz.random = seed * 2 + 1;
  for (unsigned long i = 0; i < count; i++) {
    switch (fuzz_below(8)) {
      case 0: fuzz_msr(); break;
      case 1: fuzz_event(); break;
      case 2:
      case 3:
      case 4: fuzz_call(); break;
      case 5: fuzz_rmp(); break;
      case 6:
        if (self) fuzz_access(self);
        break;
      default: fuzz_ring();
    }
    if (fuzz.deadly && fuzz_once_in(50)) fuzz_end();
  }
}

#endif
