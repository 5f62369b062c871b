/* SPDX-License-Identifier: Apache-2.0
 * The ownership map: disjoint ranges of kernel memory, sorted by start, each with its driver. */
#ifndef OWNERSHIP_H
#define OWNERSHIP_H

#include "kvmpl/abi.h"

/* The first driver other than `driver` that owns a byte of [start, end), 0 if there is none. */
unsigned int ownership_other(const struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                             unsigned int driver);

/* The driver that owns the byte at `gpa`, 0 if there is none. */
unsigned int ownership_of(const struct kvmpl_ownership_map *map, unsigned long gpa);

/* Records the page at `page`, which no other driver owns, as the driver's: 1 done, 0 no room. */
int ownership_designate(struct kvmpl_ownership_map *map, unsigned long page, unsigned int driver);

#endif
