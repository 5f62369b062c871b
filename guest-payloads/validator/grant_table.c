/* SPDX-License-Identifier: Apache-2.0 */
#include "grant_table.h"

/* What a search costs: once for each slot that is looked at. The tests count. */
#ifndef GRANT_TABLE_LOOKED_AT
#define GRANT_TABLE_LOOKED_AT()
#endif

#define SLOT_BITS 17
#define SLOTS (1u << SLOT_BITS) /* at most half of them are taken, so a search ends soon */

static struct grant grants[GRANTS_MAX];
static unsigned int count;

/* By hash, then whichever is free next: 1 + the place in `grants`, 0 for a free slot. */
static unsigned short slots[SLOTS];

/* Knuth's multiplicative hash: pages in a row, or at any other distance, are spread out. */
static unsigned int home_of(unsigned int page) { return page * 2654435769u >> (32 - SLOT_BITS); }

static unsigned int next(unsigned int slot) { return (slot + 1) % SLOTS; }

/* The page's slot, or the free one where it belongs. */
static unsigned int slot_of(unsigned int page) {
  unsigned int slot = home_of(page);
  GRANT_TABLE_LOOKED_AT();
  while (slots[slot] && grants[slots[slot] - 1].page != page) {
    GRANT_TABLE_LOOKED_AT();
    slot = next(slot);
  }
  return slot;
}

unsigned int grant_table_count(void) { return count; }

struct grant *grant_table_at(unsigned int index) { return &grants[index]; }

struct grant *grant_table_find(unsigned int page) {
  unsigned int place = slots[slot_of(page)];
  return place ? &grants[place - 1] : 0;
}

struct grant *grant_table_add(unsigned int page) {
  unsigned int slot = slot_of(page);
  grants[count] = (struct grant){.page = page};
  slots[slot] = (unsigned short)++count;
  return &grants[count - 1];
}

/* Those behind a slot that becomes free move up, where their search would stop there. */
static void free_slot(unsigned int slot) {
  for (unsigned int from = next(slot); slots[from]; from = next(from)) {
    unsigned int home = home_of(grants[slots[from] - 1].page);
    if ((from - home) % SLOTS < (from - slot) % SLOTS) continue;
    slots[slot] = slots[from];
    slot = from;
  }
  slots[slot] = 0;
}

void grant_table_remove(struct grant *grant) {
  free_slot(slot_of(grant->page));
  struct grant *last = &grants[count - 1];
  if (grant != last) {
    slots[slot_of(last->page)] = (unsigned short)(grant - grants + 1);
    *grant = *last;
  }
  count--;
}
