/* SPDX-License-Identifier: Apache-2.0
 * The ownership map: for each page of memory the driver that it is assigned to. A look-up and a page's change take the
 * same time however many there are. A change that is refused changes nothing. Ranges are [start, end), whole pages below
 * KVMPL_PAGES_MAX; drivers count from 1 to KVMPL_DRIVERS_MAX. */
#ifndef OWNERSHIP_H
#define OWNERSHIP_H

#include "kvmpl/abi.h"

/* The driver that owns the page that `gpa` is in, 0 if there is none. */
static inline unsigned int ownership_of(const struct kvmpl_ownership_map *map, unsigned long gpa) {
  return map->driver[gpa / KVMPL_PAGE_SIZE];
}

/* The first driver other than `driver` that owns a page of [start, end), 0 if there is none. */
unsigned int ownership_other(const struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                             unsigned int driver);

/* Records the range as the driver's: SVSM_SUCCESS, KVMPL_ERR_OWNED_BY_OTHER if another owns a part of it, or
 * SVSM_ERR_INVALID_PARAMETER if it is no range or nobody's. */
unsigned long ownership_designate(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                                  unsigned int driver);

/* The same for one page that is nobody's. */
static inline void ownership_designate_page(struct kvmpl_ownership_map *map, unsigned long page, unsigned int driver) {
  map->driver[page / KVMPL_PAGE_SIZE] = (unsigned char)driver;
  map->pages[driver]++;
}

/* Hands a range over, all of which has to be `from`'s: as above, or SVSM_ERR_INVALID_ADDRESS if a part of it is
 * nobody's. */
unsigned long ownership_transfer(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                                 unsigned int from, unsigned int to);

/* The first page at or above `from` that the driver has, 0 if it has none there. */
unsigned long ownership_next(const struct kvmpl_ownership_map *map, unsigned long from, unsigned int driver);

/* Makes the range nobody's again. */
void ownership_withdraw(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end);

#endif
