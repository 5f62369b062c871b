/* SPDX-License-Identifier: Apache-2.0
 * The restricted ranges: memory in which nobody is granted anything. */
#ifndef RESTRICTED_H
#define RESTRICTED_H

#include "kvmpl/abi.h"

/* Whether a byte of [start, end) is in one, or is not in kernel memory at all. */
int is_restricted(unsigned long start, unsigned long end);

/* The same for other ranges, in a memory of that size. */
int is_restricted_by(const struct kvmpl_restricted *restricted, unsigned long memory_size, unsigned long start,
                     unsigned long end);

#endif
