/* SPDX-License-Identifier: Apache-2.0 */
#include "ownership.h"

/* The index of the first entry that ends after `gpa`; entries are disjoint, so ends are sorted too. */
static unsigned long first_ending_after(const struct kvmpl_ownership_map *map, unsigned long gpa) {
  unsigned long low = 0, high = map->count;
  while (low < high) {
    unsigned long middle = low + (high - low) / 2;
    if (map->entries[middle].end <= gpa)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

unsigned int ownership_other(const struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                             unsigned int driver) {
  for (unsigned long i = first_ending_after(map, start); i < map->count && map->entries[i].start < end; i++)
    if (map->entries[i].driver != driver) return (unsigned int)map->entries[i].driver;
  return 0;
}

unsigned int ownership_of(const struct kvmpl_ownership_map *map, unsigned long gpa) {
  unsigned long i = first_ending_after(map, gpa);
  return i < map->count && map->entries[i].start <= gpa ? (unsigned int)map->entries[i].driver : 0;
}

int ownership_designate(struct kvmpl_ownership_map *map, unsigned long page, unsigned int driver) {
  unsigned long i = first_ending_after(map, page);
  if (i < map->count && map->entries[i].start <= page) return 1; /* the driver's already */
  if (i > 0 && map->entries[i - 1].end == page && map->entries[i - 1].driver == driver) {
    map->entries[i - 1].end += KVMPL_PAGE_SIZE;
    return 1;
  }
  if (i < map->count && map->entries[i].start == page + KVMPL_PAGE_SIZE && map->entries[i].driver == driver) {
    map->entries[i].start = page;
    return 1;
  }
  if (map->count == KVMPL_OWNERSHIP_MAX) return 0;
  for (unsigned long j = map->count; j > i; j--) map->entries[j] = map->entries[j - 1];
  map->entries[i] = (struct kvmpl_ownership){page, page + KVMPL_PAGE_SIZE, driver};
  map->count++;
  return 1;
}
