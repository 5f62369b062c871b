/* SPDX-License-Identifier: Apache-2.0 */
#include "grants.h"

#define LEVELS 4
#define ALL_LEVELS 0xe /* that can be granted something: a bit each */
#define BITS KVMPL_RMP_LEVEL_BITS
#define MASK RMP_ALL

unsigned int grants_open_at[LEVELS];

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

/* The bits of the levels [from, to). */
static unsigned int levels_from_to(unsigned int from, unsigned int to) { return (1u << BITS * to) - (1u << BITS * from); }

/* Below a level with a grant of its own it is noted already what they had. */
unsigned long grants_open_again(struct grant *grant, unsigned int level, unsigned int more) {
  unsigned long page = (unsigned long)grant->page * KVMPL_PAGE_SIZE;
  unsigned int granted = grant->granted, first = first_level(granted), now = rmp_permissions(page);
  if (!now) return KVMPL_ERR_NOT_GRANTED;
  unsigned int noted = level < first ? levels_from_to(level, first) : 0;
  unsigned int before = (grant->before & ~noted) | (now & noted);
  unsigned int code = rmpadjust(page, level, of(now, level) | more);
  if (code != RMP_OK) return grants_refused(code);
  if (!of(granted, level)) grants_open_at[level]++;
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
    unsigned int now = rmp_permissions(page), has = of(now, level);
    if (!now || (has & ~may && rmpadjust(page, level, has & may) != RMP_OK)) closed = 0;
  }
  if (!closed) return 0;
  for (unsigned int level = 1; level < LEVELS; level++)
    if (of(grant->granted & ~kept, level)) grants_open_at[level]--;
  grant->granted = (unsigned short)kept;
  if (!kept) grant_table_remove(grant);
  return 1;
}

unsigned long grants_close_all(unsigned int level) {
  unsigned long result = SVSM_SUCCESS;
  unsigned int open = grants_open_at[level];
  /* From the end on, because the last one takes the place of one that goes. */
  for (unsigned int i = grant_table_count; open > 0; i--) {
    struct grant *grant = &GRANT_TABLE->grants[i - 1];
    if (!of(grant->granted, level)) continue;
    open--;
    if (!close_page(grant, 1u << level)) result = KVMPL_ERR_NOT_GRANTED;
  }
  return result;
}

unsigned long grants_close_range(unsigned long start, unsigned long end) {
  unsigned long result = SVSM_SUCCESS;
  unsigned int first = number_of(start), pages = number_of(end - start), count = grant_table_count;
  /* Through the pages or through the grants, whichever are fewer. */
  for (unsigned int i = pages < count ? pages : count; i > 0; i--) {
    struct grant *grant = pages < count ? grant_table_find(first + i - 1) : &GRANT_TABLE->grants[i - 1];
    if (!grant || grant->page - first >= pages) continue;
    if (!close_page(grant, ALL_LEVELS)) result = KVMPL_ERR_NOT_GRANTED;
  }
  return result;
}
