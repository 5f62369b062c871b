/* SPDX-License-Identifier: Apache-2.0
 * The C side of dev.kvmpl.launch.BootTables and dev.kvmpl.kvm.state.LongMode, which say what the numbers mean. */
#include "machine.h"

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TSS 0x18
#define TSS_LIMIT 103
#define GDT_LIMIT 55
#define PRESENT_WRITABLE 3UL
#define LARGE 0x80UL
#define LARGE_PAGE 0x200000UL
#define ENTRIES 512

static void write_tables(struct machine *machine, unsigned long base) {
  unsigned long *gdt = (unsigned long *)(machine->memory + base + GDT), tss = base + TSS;
  gdt[SELECTOR_CODE / 8] = 0x00af9b000000ffff;
  gdt[SELECTOR_DATA / 8] = 0x00cf93000000ffff;
  gdt[SELECTOR_TSS / 8] = 0x00008b0000000000 | (tss & 0xffffff) << 16 | (tss & 0xff000000) << 32 | TSS_LIMIT;

  unsigned long *tables = (unsigned long *)(machine->memory + base + PAGE_TABLES), gpa = base + PAGE_TABLES;
  unsigned long *pml4 = tables, *pdpt = tables + ENTRIES, *pd = tables + 2 * ENTRIES, *pt = tables + 3 * ENTRIES;
  pml4[0] = (gpa + KVMPL_PAGE_SIZE) | PRESENT_WRITABLE;
  pdpt[0] = (gpa + 2 * KVMPL_PAGE_SIZE) | PRESENT_WRITABLE;
  pd[0] = (gpa + 3 * KVMPL_PAGE_SIZE) | PRESENT_WRITABLE;
  for (unsigned long i = 1; i < machine->size / LARGE_PAGE; i++) pd[i] = i * LARGE_PAGE | PRESENT_WRITABLE | LARGE;
  for (unsigned long i = 1; i < ENTRIES; i++) pt[i] = i * KVMPL_PAGE_SIZE | PRESENT_WRITABLE;
}

void boot(struct machine *machine, int level, unsigned long base, unsigned long entry) {
  struct level *self = &machine->levels[level];
  write_tables(machine, base);
  struct kvm_sregs sregs;
  CALL(self->vcpu.fd, KVM_GET_SREGS, &sregs);
  sregs.cs = (struct kvm_segment){.limit = ~0U, .selector = SELECTOR_CODE, .type = 0xb, .present = 1, .s = 1, .l = 1, .g = 1};
  sregs.ss = sregs.ds = sregs.es = sregs.fs = sregs.gs =
      (struct kvm_segment){.limit = ~0U, .selector = SELECTOR_DATA, .type = 3, .present = 1, .db = 1, .s = 1, .g = 1};
  sregs.gs.base = base + BOOT_INFO;
  sregs.tr = (struct kvm_segment){.base = base + TSS, .limit = TSS_LIMIT, .selector = SELECTOR_TSS, .type = 0xb, .present = 1};
  sregs.gdt.base = base + GDT;
  sregs.gdt.limit = GDT_LIMIT;
  sregs.cr0 = 0x80010033; /* PG WP NE ET MP PE */
  sregs.cr3 = base + PAGE_TABLES;
  sregs.cr4 = 0x20;   /* PAE */
  sregs.efer = 0xd00; /* NXE LMA LME */
  CALL(self->vcpu.fd, KVM_SET_SREGS, &sregs);
  vcpu_start(&self->vcpu, &(struct kvm_regs){
                              .rip = entry, .rsp = base + STACK_TOP, .rdi = base + BOOT_INFO, .rflags = RFLAGS_RESERVED});
}
