/* SPDX-License-Identifier: Apache-2.0 */
#include "tables.h"

#include "kvmpl/cpu.h"
#include "paging.h"

#define POOL 32

/* The VMM maps kernel memory with large pages, but where some are hidden; one of which a part is opened is split with one of these. */
static unsigned long pool[POOL][ENTRIES] __attribute__((aligned(KVMPL_PAGE_SIZE)));
static unsigned int used;

static unsigned long *directory_entry(unsigned long address) {
  unsigned long *pdpt = table_at(table_at(read_cr3())[address >> 39 & 0x1ff]);
  return &table_at(pdpt[address >> 30 & 0x1ff])[address >> 21 & 0x1ff];
}

static void split(unsigned long *entry) {
  unsigned long *table = pool[used++], large = *entry & ADDRESS;
  for (unsigned long i = 0; i < ENTRIES; i++) table[i] = (large + i * KVMPL_PAGE_SIZE) | (*entry & (PRESENT | WRITABLE));
  *entry = (unsigned long)table | PRESENT | WRITABLE;
}

int tables_protect(const struct kvmpl_boot_info *info, unsigned long page, unsigned int access) {
  if (page < KVMPL_KERNEL_MEMORY_BASE || page >= info->memory_size) return 0;
  unsigned long entry = *directory_entry(page);
  if (!(entry & LARGE)) entry = table_at(entry)[page >> 12 & 0x1ff];
  return !(entry & PRESENT) || (access == KVMPL_ACCESS_WRITE && !(entry & WRITABLE));
}

void tables_open(unsigned long page, unsigned int access) {
  unsigned long *entry = directory_entry(page), more = access == KVMPL_ACCESS_WRITE ? PRESENT | WRITABLE : PRESENT;
  if (*entry & LARGE && used < POOL) split(entry);
  if (*entry & LARGE)
    *entry |= more; /* no table left: the other pages are detected by the hypervisor from now on */
  else
    table_at(*entry)[page >> 12 & 0x1ff] |= more;
  invlpg(page);
}

void tables_close(const struct kvmpl_boot_info *info) {
  for (unsigned long large = KVMPL_KERNEL_MEMORY_BASE; large < info->memory_size; large += LARGE_PAGE) {
    unsigned long *entry = directory_entry(large);
    if (*entry & LARGE) {
      *entry &= ~WRITABLE;
      continue;
    }
    unsigned long *table = table_at(*entry);
    for (unsigned int i = 0; i < ENTRIES; i++) table[i] &= ~(table[i] & KVMPL_PTE_HIDDEN ? PRESENT | WRITABLE : WRITABLE);
  }
  write_cr3(read_cr3());
}
