/* SPDX-License-Identifier: Apache-2.0
 * A driver that changes the page tables it runs with. Arguments: quadruples of what to do (0 stores, 1 maps, 2 loads
 * CR3), and for that: address, length, data; virtual page, physical page, low bits of its entry; CR3. Its status is
 * the number of stores that were refused. */
#include "kvmpl/driver.h"

#define PRESENT 0x1UL
#define WRITABLE 0x2UL
#define LARGE 0x80UL
#define ADDRESS 0x000ffffffffff000UL
#define ENTRIES 512
#define POOL 4

enum { STORE, MAP, LOAD_CR3 };

static unsigned long pool[POOL][ENTRIES] __attribute__((aligned(KVMPL_PAGE_SIZE)));
static unsigned int used;

static unsigned long *table_at(unsigned long entry) { return (unsigned long *)(entry & ADDRESS); }

/* The table in the place of a large page, or of nothing. */
static unsigned long *small_pages(unsigned long *entry) {
  if (*entry & PRESENT && !(*entry & LARGE)) return table_at(*entry);
  unsigned long *table = pool[used++ % POOL], large = *entry;
  for (unsigned long i = 0; i < ENTRIES; i++)
    table[i] = large & PRESENT ? ((large & ADDRESS) + i * KVMPL_PAGE_SIZE) | (large & (PRESENT | WRITABLE)) : 0;
  *entry = (unsigned long)table | PRESENT | WRITABLE;
  return table;
}

static void map(unsigned long virtual, unsigned long entry) {
  unsigned long *pdpt = table_at(table_at(read_cr3())[virtual >> 39 & 0x1ff]);
  unsigned long *directory = table_at(pdpt[virtual >> 30 & 0x1ff]);
  small_pages(&directory[virtual >> 21 & 0x1ff])[virtual >> 12 & 0x1ff] = entry;
  write_cr3(read_cr3());
}

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long refused = 0;
  for (unsigned long i = 0; i + 3 < self->argument_count; i += 4) {
    const unsigned long *what = &self->arguments[i];
    if (what[0] == STORE)
      refused += kvmpl_store(self, what[1], what[2], what[3]) != SVSM_SUCCESS;
    else if (what[0] == MAP)
      map(what[1], what[2] | what[3]);
    else
      write_cr3(what[1]);
  }
  return refused;
}
