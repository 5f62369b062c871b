/* SPDX-License-Identifier: Apache-2.0 */
#include "translations.h"

#include "kvmpl/cpu.h"
#include "reach.h"

/* Bits of an entry [APM 2, 5.4]. */
#define ENTRY_PRESENT 0x1UL
#define ENTRY_WRITABLE 0x2UL
#define ENTRY_LARGE 0x80UL
#define ENTRY_ADDRESS 0x000ffffffffff000UL
#define ENTRIES 512
#define ROOT_SHIFT 39   /* of the address bits that index the first table, and 9 less for each one after it */
#define PAGE_SHIFT 12
#define KERNEL_VMPL 1
#define TABLES_MAX 128  /* more than any machine's guest kernel has */

static const struct kvmpl_protected *const protected_ranges = (const struct kvmpl_protected *)KVMPL_PROTECTED_GPA;

static struct {
  unsigned long virtual, entry; /* the entry that maps it: its page's address and PRESENT, 0 if nothing is there */
} noted[KVMPL_PROTECTED_PAGES_MAX];
unsigned int translations_noted;
static unsigned long lowest = -1UL, highest; /* of the noted pages' addresses */

#define TABLE_DEPTHS 4
#define NO_TABLE 1UL

/* Whose tables are walked, and by depth the last one that it was found to be able to read. */
static unsigned int walker;
static unsigned long readable[TABLE_DEPTHS];

static void walk_as(unsigned int vmpl) {
  walker = vmpl;
  for (unsigned int i = 0; i < TABLE_DEPTHS; i++) readable[i] = NO_TABLE;
}

/* A table in memory that the level can read now; elsewhere its CPU could not walk either. */
static const volatile unsigned long *table_at(unsigned long entry, unsigned int shift) {
  unsigned long gpa = entry & ENTRY_ADDRESS, *known = &readable[shift / 9 - 1];
  if (*known != gpa && !reach_has(walker, gpa, RMP_READ)) return 0;
  *known = gpa;
  return (const volatile unsigned long *)gpa;
}

static int is_leaf(unsigned long entry, unsigned int shift) {
  return shift == PAGE_SHIFT || (shift < ROOT_SHIFT && entry & ENTRY_LARGE);
}

static unsigned long walk(unsigned long root, unsigned long virtual) {
  unsigned long entry = root;
  for (unsigned int shift = ROOT_SHIFT;; shift -= 9) {
    const volatile unsigned long *table = table_at(entry, shift);
    if (!table) return 0;
    entry = table[virtual >> shift & (ENTRIES - 1)];
    if (!(entry & ENTRY_PRESENT)) return 0;
    if (is_leaf(entry, shift)) {
      unsigned long in_page = (1UL << shift) - 1;
      return (((entry & ~in_page) | (virtual & in_page)) & ENTRY_ADDRESS) | ENTRY_PRESENT;
    }
  }
}

/* Whether [start, start + size), which virtual addresses from `virtual` on lead to, has a protected page that is to
 * be reached by another virtual address. */
static int is_alias(unsigned long start, unsigned long size, unsigned long virtual) {
  if (start > highest || start + size <= lowest) return 0;
  for (unsigned int i = 0; i < translations_noted; i++) {
    unsigned long in_page = (noted[i].entry & ENTRY_ADDRESS) - start;
    if (noted[i].entry && in_page < size && virtual + in_page != noted[i].virtual) return 1;
  }
  return 0;
}

/* Whether there is one that can be written below the table that `entry` leads to. Who has more tables than anybody
 * needs, such as one that leads to itself, is not searched for ever, but not trusted either. */
static int has_alias(unsigned long entry, unsigned int shift, unsigned long virtual, unsigned int *tables) {
  const volatile unsigned long *table = table_at(entry, shift);
  if (!table) return 0;
  if (++*tables > TABLES_MAX) return 1;
  for (unsigned long i = 0; i < ENTRIES; i++) {
    unsigned long below = table[i], at = virtual + (i << shift);
    if ((below & (ENTRY_PRESENT | ENTRY_WRITABLE)) != (ENTRY_PRESENT | ENTRY_WRITABLE)) continue;
    if (is_leaf(below, shift) ? is_alias(below & ENTRY_ADDRESS & -(1UL << shift), 1UL << shift, at)
                              : has_alias(below, shift - 9, at, tables))
      return 1;
  }
  return 0;
}

void translations_note(void) {
  walk_as(KERNEL_VMPL); /* whose tables those at launch are */
  for (unsigned long i = 0; i < protected_ranges->count; i++) {
    const struct kvmpl_range *range = &protected_ranges->ranges[i];
    for (unsigned long at = range->start; at < range->end; at += KVMPL_PAGE_SIZE) {
      unsigned long entry = walk(protected_ranges->root, at), page = entry & ENTRY_ADDRESS;
      noted[translations_noted].virtual = at;
      noted[translations_noted++].entry = entry;
      if (entry && page < lowest) lowest = page;
      if (entry && page > highest) highest = page;
    }
  }
}

unsigned long translations_walk(const struct kvmpl_request *request) {
  unsigned int tables = 0;
  walk_as(request->vmpl);
  for (unsigned int i = 0; i < translations_noted; i++)
    if (walk(request->cr3, noted[i].virtual) != noted[i].entry) return KVMPL_ERR_REMAPPED;
  return has_alias(request->cr3, ROOT_SHIFT, 0, &tables) ? KVMPL_ERR_REMAPPED : SVSM_SUCCESS;
}
