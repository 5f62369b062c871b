/* SPDX-License-Identifier: Apache-2.0
 * The ownership map: disjoint ranges of kernel memory, sorted by start, each with its driver. Neighbours of one
 * driver are one entry. A look-up is logarithmic. A change that is refused changes nothing. Ranges are
 * [start, end), whole pages; drivers count from 1. */
#ifndef OWNERSHIP_H
#define OWNERSHIP_H

#include "kvmpl/abi.h"

/* The first driver other than `driver` that owns a byte of [start, end), 0 if there is none. */
unsigned int ownership_other(const struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                             unsigned int driver);

/* The driver that owns the byte at `gpa`, 0 if there is none. */
unsigned int ownership_of(const struct kvmpl_ownership_map *map, unsigned long gpa);

/* Records the range as the driver's: SVSM_SUCCESS, KVMPL_ERR_OWNED_BY_OTHER if another owns a part of it,
 * KVMPL_ERR_MAP_FULL, or SVSM_ERR_INVALID_PARAMETER if it is no range or nobody's. */
unsigned long ownership_designate(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                                  unsigned int driver);

/* Hands a range over, all of which has to be `from`'s: as above, or SVSM_ERR_INVALID_ADDRESS if a part of it is
 * nobody's. */
unsigned long ownership_transfer(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end,
                                 unsigned int from, unsigned int to);

/* Makes the range nobody's again, right after it was designated: there is room for what was there before. */
void ownership_withdraw(struct kvmpl_ownership_map *map, unsigned long start, unsigned long end);

/* Everything of the driver is nobody's. */
void ownership_release(struct kvmpl_ownership_map *map, unsigned int driver);

#endif
