/* SPDX-License-Identifier: Apache-2.0 */
#include "ownership.h"

static unsigned long page_number(unsigned long gpa) { return gpa / KVMPL_PAGE_SIZE; }

unsigned int ownership_other(const struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                             unsigned int driver) {
  for (unsigned long page = page_number(start); page < page_number(end); page++)
    if (map->driver[page] && map->driver[page] != driver) return map->driver[page];
  return 0;
}

static int is_range(unsigned long start, unsigned long end) {
  return start < end && start % KVMPL_PAGE_SIZE == 0 && end % KVMPL_PAGE_SIZE == 0 && page_number(end) <= KVMPL_PAGES_MAX;
}

static int is_driver(unsigned long driver) { return driver > 0 && driver <= KVMPL_DRIVERS_MAX; }

static void assign(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end, unsigned int driver) {
  for (unsigned long page = page_number(start); page < page_number(end); page++) {
    if (map->driver[page]) map->pages[map->driver[page]]--;
    if (driver) map->pages[driver]++;
    map->driver[page] = (unsigned char)driver;
  }
}

unsigned long ownership_designate(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                                  unsigned int driver) {
  if (!is_range(start, end) || !is_driver(driver)) return SVSM_ERR_INVALID_PARAMETER;
  if (ownership_other(map, start, end, driver)) return KVMPL_ERR_OWNED_BY_OTHER;
  assign(map, start, end, driver);
  return SVSM_SUCCESS;
}

unsigned long ownership_transfer(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                                 unsigned int from, unsigned int to) {
  if (!is_range(start, end) || !is_driver(from) || !is_driver(to)) return SVSM_ERR_INVALID_PARAMETER;
  for (unsigned long page = page_number(start); page < page_number(end); page++) {
    if (!map->driver[page]) return SVSM_ERR_INVALID_ADDRESS;
    if (map->driver[page] != from) return KVMPL_ERR_OWNED_BY_OTHER;
  }
  assign(map, start, end, to);
  return SVSM_SUCCESS;
}

void ownership_withdraw(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end) {
  assign(map, start, end, 0);
}

unsigned long ownership_next(const struct kvmpl_ownership_map *map, unsigned long from, unsigned int driver) {
  if (!map->pages[driver]) return 0;
  for (unsigned long page = page_number(from); page < KVMPL_PAGES_MAX; page++)
    if (map->driver[page] == driver) return page * KVMPL_PAGE_SIZE;
  return 0;
}
