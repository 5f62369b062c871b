/* SPDX-License-Identifier: Apache-2.0
 * Runs the validator's grants on this host, on a permissions database of its own. Before each of the validator's
 * instructions on it, other processors execute theirs: RMPADJUST of every level below VMPL0, of 4 KiB and 2 MiB.
 *
 * The model: each permission of each level on each page has its origins, what the level had itself and the grants
 * that it came from by RMPADJUST, as many as there are. After a close none is there all of whose origins are gone,
 * unless the level had it before or is granted it itself; and what it had before, and nobody else took, is there.
 *
 * Arguments: seed, number of sequences. Exit status 1 with one line if the model is broken. */
#include <stdio.h>
#include <stdlib.h>

#include "kvmpl/abi.h"

#define KVMPL_RMP_H /* its instructions are these: */
static unsigned int rmpadjust(unsigned long address, unsigned int level, unsigned int permissions);
static unsigned int rmp_permissions(unsigned long address);

static struct grant_table *table_of_grants(void);
#define GRANT_TABLE table_of_grants()
#include "validator/grant_table.c"
#include "validator/grants.c"

static struct grant_table *table_of_grants(void) {
  static struct grant_table table;
  return &table;
}

#define PAGES 8
#define LARGE_PAGES 4 /* of what stands for 2 MiB here */
#define BASE 0x1100000UL
#define OWN 1u /* an origin; a level's grant is 1 << level */

static struct page {
  int valid;
  int large;
  unsigned int has[LEVELS];           /* permissions, now */
  unsigned int origins[LEVELS][BITS]; /* of each of them; stay when it is taken, in case VMPL0 has read it before */
  unsigned int granted[LEVELS];
  unsigned int holds[LEVELS]; /* of that, what nobody has taken */
  unsigned int read[LEVELS]; /* by the validator, last and for what it does now */
  /* What the level had, before the first grant to it or to a level above, at any and at every moment around. */
  unsigned int had_sometimes[LEVELS], had_always[LEVELS];
} pages[PAGES];

static unsigned int closes; /* the levels that the validator closes, a bit each; 0 when it opens: */
static unsigned int opened_level, opened_more;
static unsigned long seed, sequence, instructions, adjusted;

static unsigned int pick(unsigned int below) { return (unsigned int)(random() % below); }

static void broken(const char *what, unsigned int page, unsigned int level) {
  printf("seed %lu, sequence %lu: %s, page %u, VMPL%u\n", seed, sequence, what, page, level);
  exit(1);
}

static int is_noted(const struct page *page, unsigned int level) {
  for (unsigned int above = 1; above <= level; above++)
    if (page->granted[above]) return 1;
  return 0;
}

static void watch(struct page *page, unsigned int level) {
  if (is_noted(page, level)) return;
  page->had_sometimes[level] |= page->has[level];
  page->had_always[level] &= page->has[level];
}

/* Whoever has taken it meanwhile and passed it on again: what a level had before, or is granted itself, is its own. */
static unsigned int origins_of(const struct page *page, unsigned int level, unsigned int bit) {
  return page->origins[level][bit] | (page->granted[level] >> bit & 1 ? 1u << level : 0) |
         (page->had_sometimes[level] >> bit & 1 ? OWN : 0);
}

/* RMPADJUST of a level below VMPL0 on one page. */
static void pass_on(struct page *page, unsigned int caller, unsigned int level, unsigned int wanted) {
  for (unsigned int bit = 0; bit < BITS; bit++) {
    if (!(wanted >> bit & 1)) continue;
    if (!(page->has[level] >> bit & 1)) page->origins[level][bit] = 0;
    page->origins[level][bit] |= origins_of(page, caller, bit);
  }
  page->has[level] = wanted;
  page->had_always[level] &= wanted;
  page->holds[level] &= wanted;
  watch(page, level);
}

static void other_processors(void) {
  for (unsigned int n = pick(4); n > 0; n--) {
    unsigned int caller = 1 + pick(2), level = caller + 1 + pick(LEVELS - 1 - caller), at = pick(PAGES);
    unsigned int first = pages[at].large ? at - at % LARGE_PAGES : at, count = pages[at].large ? LARGE_PAGES : 1;
    if (!pages[at].valid) continue;
    unsigned int wanted = pick(2) ? pages[at].has[caller] : pages[at].has[caller] & pick(1 << BITS);
    for (unsigned int i = first; i < first + count; i++) pass_on(&pages[i], caller, level, wanted);
    adjusted++;
  }
}

static struct page *page_at(unsigned long address) {
  return &pages[(address - BASE) / KVMPL_PAGE_SIZE];
}

static unsigned int rmp_permissions(unsigned long address) {
  other_processors();
  instructions++;
  struct page *page = page_at(address);
  unsigned int permissions = (1 << BITS) - 1; /* VMPL0's */
  for (unsigned int level = 1; level < LEVELS; level++) {
    page->read[level] = page->has[level];
    permissions |= page->has[level] << BITS * level;
  }
  return page->valid ? permissions : 0;
}

static void smash(unsigned int at) {
  if (!pages[at].large) return;
  for (unsigned int i = at - at % LARGE_PAGES, end = i + LARGE_PAGES; i < end; i++) pages[i].large = 0;
}

static unsigned int rmpadjust(unsigned long address, unsigned int level, unsigned int permissions) {
  other_processors();
  instructions++;
  struct page *page = page_at(address);
  unsigned int at = (unsigned int)(page - pages);
  smash(at);
  if (!page->valid) return RMP_FAIL_INPUT;
  unsigned int keeps = page->had_always[level] | (closes >> level & 1 ? 0 : page->holds[level]);
  if (page->has[level] & ~permissions & keeps) broken("took what the level had", at, level);
  if (permissions & ~(page->read[level] | (closes ? 0 : opened_more))) broken("gave what it was not to", at, level);
  if (!closes) {
    if (level != opened_level) broken("opened another level", at, level);
    for (unsigned int below = level; below < LEVELS; below++) watch(page, below);
    page->holds[level] |= opened_more;
    page->granted[level] |= opened_more; /* what was noted stays as it is from here on */
    for (unsigned int bit = 0; bit < BITS; bit++) {
      if (!(opened_more >> bit & 1)) continue;
      if (!(page->has[level] >> bit & 1)) page->origins[level][bit] = 0;
      page->origins[level][bit] |= 1u << level;
    }
  }
  page->has[level] = permissions;
  return RMP_OK;
}

/* Looks at everything that is there, and starts anew where there is no grant. */
static void check(const char *what) {
  for (unsigned int at = 0; at < PAGES; at++) {
    struct page *page = &pages[at];
    unsigned int live = OWN;
    for (unsigned int level = 1; level < LEVELS; level++) live |= page->granted[level] ? 1u << level : 0;
    for (unsigned int level = 1; level < LEVELS; level++) {
      for (unsigned int bit = 0; bit < BITS; bit++) {
        if (!(page->has[level] >> bit & 1)) continue;
        page->origins[level][bit] = origins_of(page, level, bit) & live;
        if (!page->origins[level][bit]) broken(what, at, level);
      }
      if (!is_noted(page, level)) page->had_sometimes[level] = page->had_always[level] = page->has[level];
    }
  }
}

static void begin(unsigned int closed) {
  closes = closed;
  for (unsigned int at = 0; at < PAGES; at++)
    for (unsigned int level = 1; level < LEVELS; level++) pages[at].read[level] = 0;
}

static void open_page(void) {
  static const unsigned int wanted[] = {RMP_READ, RMP_READ | RMP_WRITE,
                                        RMP_READ | RMP_EXECUTE_USER | RMP_EXECUTE_SUPERVISOR, 0xf};
  unsigned int at = pick(PAGES), valid = (unsigned int)pages[at].valid;
  opened_level = 1 + pick(3);
  opened_more = wanted[pick(4)];
  begin(0);
  unsigned long result = grants_open(BASE + at * KVMPL_PAGE_SIZE, opened_level, opened_more);
  if ((result == SVSM_SUCCESS) != valid) broken("a grant with the wrong result", at, opened_level);
  check("open without a grant");
}

/* What is granted at these levels on pages [first, end) is closed, but for pages that are not validated. */
static void close_pages(unsigned int levels, unsigned int first, unsigned int end) {
  unsigned long expected = SVSM_SUCCESS;
  for (unsigned int at = first; at < end; at++)
    for (unsigned int level = 1; level < LEVELS; level++)
      if (levels >> level & 1 && pages[at].granted[level] && !pages[at].valid) expected = KVMPL_ERR_NOT_GRANTED;
  begin(levels);
  unsigned long result = levels == ALL_LEVELS
                             ? grants_close_range(BASE + first * KVMPL_PAGE_SIZE, BASE + end * KVMPL_PAGE_SIZE)
                             : grants_close_all((unsigned int)__builtin_ctz(levels));
  if (result != expected) broken("a close with the wrong result", first, 0);
  for (unsigned int at = first; at < end; at++)
    for (unsigned int level = 1; level < LEVELS; level++)
      if (levels >> level & 1 && pages[at].valid) pages[at].granted[level] = pages[at].holds[level] = 0;
  check("left of a closed grant");
}

static void close_some(void) {
  unsigned int first = pick(PAGES), end = first + 1 + pick(PAGES - first);
  if (pick(2))
    close_pages(1u << (1 + pick(3)), 0, PAGES);
  else
    close_pages(ALL_LEVELS, first, end);
}

/* PVALIDATE as the validator has it executed: nothing is open while a page is absent. Now and then not so. */
static void validate(void) {
  unsigned int at = pick(PAGES);
  if (pages[at].valid && pick(4)) close_pages(ALL_LEVELS, at, at + 1);
  smash(at);
  pages[at].valid = !pages[at].valid;
}

static void run_sequence(void) {
  for (unsigned int at = 0; at < PAGES; at++) {
    pages[at] = (struct page){.valid = 1, .large = at < LARGE_PAGES};
    unsigned int has = pick(4) ? 0xd : pick(1 << BITS);
    for (unsigned int level = 1; level < LEVELS; level++) {
      /* Some have more than a level above. What stands for 2 MiB is equal throughout. */
      pages[at].has[level] = at % LARGE_PAGES && at < LARGE_PAGES ? pages[at - 1].has[level]
                             : pick(4)                              ? has
                                                                    : pick(1 << BITS);
      for (unsigned int bit = 0; bit < BITS; bit++) pages[at].origins[level][bit] = OWN;
    }
  }
  check("in the beginning");
  for (unsigned int n = 10 + pick(60); n > 0; n--) {
    unsigned int what = pick(10);
    if (what < 5) open_page();
    else if (what < 8) close_some();
    else if (what < 9) validate();
    else {
      other_processors();
      check("passed on");
    }
  }
  for (unsigned int at = 0; at < PAGES; at++) pages[at].valid = 1;
  for (unsigned int level = LEVELS - 1; level > 0; level--) close_pages(1u << level, 0, PAGES);
  if (grant_table_count || grants_open_at[1] || grants_open_at[2] || grants_open_at[3]) broken("a grant that is none", 0, 0);
}

/* The table alone, to its last place: pages at a distance, taken out in an order that is none. */
static void fill_table(unsigned int distance) {
  static unsigned char there[GRANTS_MAX];
  unsigned int count = KVMPL_PAGES_MAX / distance - 1;
  if (count > GRANTS_MAX) count = GRANTS_MAX;
  for (unsigned int i = 0; i < count; i++) grant_table_add((struct grant){.page = i * distance});
  if (!grants_have_room((unsigned long)count * distance * KVMPL_PAGE_SIZE) != (count == GRANTS_MAX) || !grants_have_room(0))
    broken("room", 0, 0);
  for (unsigned int i = 0; i < count; i++) there[i] = 1;
  for (unsigned int n = 0; n < count; n++) {
    unsigned int i = pick(count);
    struct grant *grant = grant_table_find(i * distance);
    if (!grant != !there[i] || (grant && grant->page != i * distance)) broken("the table", i, 0);
    if (grant) grant_table_remove(grant);
    there[i] = 0;
  }
  for (unsigned int i = 0; i < count; i++)
    if (!grant_table_find(i * distance) != !there[i]) broken("the table", i, 0);
  while (grant_table_count) grant_table_remove(&GRANT_TABLE->grants[pick(grant_table_count)]);
  for (unsigned int page = 0; page < KVMPL_PAGES_MAX; page++)
    if (GRANT_TABLE->place[page]) broken("a place of nothing", page, 0);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  seed = strtoul(argv[1], 0, 10);
  srandom((unsigned int)seed);
  static const unsigned int distances[] = {1, 2, 3, 11, 12, 16, 512, 513, 4096};
  for (unsigned int i = 0; i < sizeof distances / sizeof *distances; i++) fill_table(distances[i]);
  for (sequence = 0; sequence < strtoul(argv[2], 0, 10); sequence++) run_sequence();
  printf("%lu sequences, %lu instructions of the validator, %lu of others\n", sequence, instructions, adjusted);
  return 0;
}
