/* SPDX-License-Identifier: Apache-2.0 */
#include "grants.h"

#include "grant_table.h"
#include "kvmpl/cpu.h"

#define LEVELS 4
#define ALL_LEVELS 0xe /* that can be granted something: a bit each */
#define BITS 4
#define MASK 0xfu

/* How many pages each level has been granted. */
static unsigned int open_at[LEVELS];

static unsigned int of(unsigned int permissions, unsigned int level) { return permissions >> BITS * level & MASK; }

static unsigned short with(unsigned int permissions, unsigned int level, unsigned int value) {
  return (unsigned short)((permissions & ~(MASK << BITS * level)) | value << BITS * level);
}

/* The first level that was granted something, LEVELS if none was. */
static unsigned int first_level(unsigned int granted) {
  unsigned int level = 1;
  while (level < LEVELS && !of(granted, level)) level++;
  return level;
}

static unsigned int number_of(unsigned long address) { return (unsigned int)(address / KVMPL_PAGE_SIZE); }

int grants_have_room(unsigned long page) {
  return grant_table_count() < GRANTS_MAX || grant_table_find(number_of(page));
}

/* What the levels from `level` on have is noted before the grant, because what they have afterwards can come from
 * it: a level may pass on what it has. Below a level with a grant of its own that is noted already. */
unsigned long grants_open(unsigned long page, unsigned int level, unsigned int more) {
  struct grant *grant = grant_table_find(number_of(page));
  unsigned int granted = grant ? grant->granted : 0, before = grant ? grant->before : 0;
  struct rmp_state now, below;
  /* Asked for here, under the lock: another vCPU of the level may have been granted something since the exit. */
  if (rmpquery(page, level, &now) != RMP_OK) return KVMPL_ERR_NOT_GRANTED;
  for (unsigned int noted = level; noted < first_level(granted); noted++) {
    if (noted > level && rmpquery(page, noted, &below) != RMP_OK) return KVMPL_ERR_NOT_GRANTED;
    before = with(before, noted, noted > level ? below.permissions : now.permissions);
  }
  unsigned int result = rmpadjust(page, level, now.permissions | more);
  if (result != RMP_OK) return result == KVMPL_RMP_FAIL_NO_ROOM ? KVMPL_ERR_MAP_FULL : KVMPL_ERR_NOT_GRANTED;
  if (!grant) grant = grant_table_add(number_of(page));
  if (!of(granted, level)) open_at[level]++;
  grant->before = (unsigned short)before;
  grant->granted = with(granted, level, of(granted, level) | more);
  return SVSM_SUCCESS;
}

/* Takes the page back from those of `levels` (a bit each) that were granted it, and with it what they have passed
 * on. From the top down: each level is left with what it had before or is still granted itself, and only then those
 * below it, to which it cannot pass on any more by then what has been taken from it. Nothing that a level above has
 * taken itself is given back, unless it does that between the two instructions. */
static int close_page(struct grant *grant, unsigned int levels) {
  unsigned long page = (unsigned long)grant->page * KVMPL_PAGE_SIZE;
  unsigned int kept = grant->granted;
  int closed = 1;
  for (unsigned int level = 1; level < LEVELS; level++)
    if (levels >> level & 1) kept = with(kept, level, 0);
  for (unsigned int level = first_level(grant->granted & ~kept); level < LEVELS; level++) {
    unsigned int may = of(grant->before, level) | of(kept, level);
    struct rmp_state now;
    if (rmpquery(page, level, &now) != RMP_OK)
      closed = 0;
    else if (now.permissions & ~may && rmpadjust(page, level, now.permissions & may) != RMP_OK)
      closed = 0;
  }
  if (!closed) return 0;
  for (unsigned int level = 1; level < LEVELS; level++)
    if (of(grant->granted & ~kept, level)) open_at[level]--;
  grant->granted = (unsigned short)kept;
  if (!kept) grant_table_remove(grant);
  return 1;
}

unsigned long grants_close_all(unsigned int level) {
  unsigned long result = SVSM_SUCCESS;
  unsigned int open = open_at[level];
  /* From the end on, because the last one takes the place of one that goes. */
  for (unsigned int i = grant_table_count(); open > 0; i--) {
    struct grant *grant = grant_table_at(i - 1);
    if (!of(grant->granted, level)) continue;
    open--;
    if (!close_page(grant, 1u << level)) result = KVMPL_ERR_NOT_GRANTED;
  }
  return result;
}

unsigned long grants_close_range(unsigned long start, unsigned long end) {
  unsigned long result = SVSM_SUCCESS;
  unsigned int first = number_of(start), pages = number_of(end - start), count = grant_table_count();
  /* Through the pages or through the grants, whichever are fewer. */
  for (unsigned int i = pages < count ? pages : count; i > 0; i--) {
    struct grant *grant = pages < count ? grant_table_find(first + i - 1) : grant_table_at(i - 1);
    if (!grant || grant->page - first >= pages) continue;
    if (!close_page(grant, ALL_LEVELS)) result = KVMPL_ERR_NOT_GRANTED;
  }
  return result;
}
