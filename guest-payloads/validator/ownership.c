/* SPDX-License-Identifier: Apache-2.0 */
#include "ownership.h"

/* What a look-up costs: once for each entry that is looked at. The tests count. */
#ifndef OWNERSHIP_LOOKED_AT
#define OWNERSHIP_LOOKED_AT()
#endif

/* The index of the first entry that ends after `gpa`; entries are disjoint, so ends are sorted too. */
static unsigned long first_ending_after(const struct kvmpl_ownership_map *map, unsigned long gpa) {
  unsigned long low = 0, high = map->count;
  while (low < high) {
    unsigned long middle = low + (high - low) / 2;
    OWNERSHIP_LOOKED_AT();
    if (map->entries[middle].end <= gpa)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

unsigned int ownership_other(const struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                             unsigned int driver) {
  for (unsigned long i = first_ending_after(map, start); i < map->count && map->entries[i].start < end; i++) {
    OWNERSHIP_LOOKED_AT();
    if (map->entries[i].driver != driver) return (unsigned int)map->entries[i].driver;
  }
  return 0;
}

unsigned int ownership_of(const struct kvmpl_ownership_map *map, unsigned long gpa) {
  unsigned long i = first_ending_after(map, gpa);
  OWNERSHIP_LOOKED_AT();
  return i < map->count && map->entries[i].start <= gpa ? (unsigned int)map->entries[i].driver : 0;
}

static int is_range(unsigned long start, unsigned long end) {
  return start < end && start % KVMPL_PAGE_SIZE == 0 && end % KVMPL_PAGE_SIZE == 0;
}

/* Puts `count` entries in the place of those from `from` on and before `to`: 0 if there is no room. */
static int replace(struct kvmpl_ownership_map *map, unsigned long from, unsigned long to,
                   const struct kvmpl_ownership *entries, unsigned long count) {
  unsigned long before = map->count, after = before - (to - from) + count;
  if (after > KVMPL_OWNERSHIP_MAX) return 0;
  if (from + count > to)
    for (unsigned long i = before; i > to; i--) map->entries[i - 1 + (after - before)] = map->entries[i - 1];
  else
    for (unsigned long i = to; i < before; i++) map->entries[i - (before - after)] = map->entries[i];
  for (unsigned long i = 0; i < count; i++) map->entries[from + i] = entries[i];
  map->count = after;
  return 1;
}

/* Makes the range the driver's, 0 for nobody's, whoever had it: joins it with the driver's entries around it, and cuts those of
 * others that reach over its ends. */
static unsigned long assign(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                            unsigned int driver) {
  const struct kvmpl_ownership *entries = map->entries;
  unsigned long from = first_ending_after(map, start), to = from;
  while (to < map->count && entries[to].start < end) to++;
  struct kvmpl_ownership left = {start, start, 0}, range = {start, end, driver}, right = {end, end, 0};

  if (from < to && entries[from].start < start)
    left = (struct kvmpl_ownership){entries[from].start, start, entries[from].driver};
  else if (from > 0 && entries[from - 1].end == start && entries[from - 1].driver == driver)
    left = entries[--from];
  if (from < to && entries[to - 1].end > end)
    right = (struct kvmpl_ownership){end, entries[to - 1].end, entries[to - 1].driver};
  else if (to < map->count && entries[to].start == end && entries[to].driver == driver)
    right = entries[to++];

  if (left.driver == driver) {
    range.start = left.start;
    left.driver = 0;
  }
  if (right.driver == driver) {
    range.end = right.end;
    right.driver = 0;
  }
  struct kvmpl_ownership pieces[3];
  unsigned long count = 0;
  if (left.driver) pieces[count++] = left;
  if (driver) pieces[count++] = range;
  if (right.driver) pieces[count++] = right;
  return replace(map, from, to, pieces, count) ? SVSM_SUCCESS : KVMPL_ERR_MAP_FULL;
}

unsigned long ownership_designate(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                                  unsigned int driver) {
  if (!is_range(start, end) || driver == 0) return SVSM_ERR_INVALID_PARAMETER;
  if (ownership_other(map, start, end, driver)) return KVMPL_ERR_OWNED_BY_OTHER;
  return assign(map, start, end, driver);
}

unsigned long ownership_transfer(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                                 unsigned int from, unsigned int to) {
  if (!is_range(start, end) || from == 0 || to == 0) return SVSM_ERR_INVALID_PARAMETER;
  unsigned long at = start;
  for (unsigned long i = first_ending_after(map, start); at < end; i++) {
    if (i == map->count || map->entries[i].start > at) return SVSM_ERR_INVALID_ADDRESS;
    if (map->entries[i].driver != from) return KVMPL_ERR_OWNED_BY_OTHER;
    at = map->entries[i].end;
  }
  return assign(map, start, end, to);
}

void ownership_withdraw(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end) {
  assign(map, start, end, 0);
}

void ownership_release(struct kvmpl_ownership_map *map, unsigned int driver) {
  unsigned long kept = 0;
  for (unsigned long i = 0; i < map->count; i++)
    if (map->entries[i].driver != driver) map->entries[kept++] = map->entries[i];
  map->count = kept;
}
