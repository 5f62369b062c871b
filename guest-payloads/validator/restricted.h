/* SPDX-License-Identifier: Apache-2.0
 * The restricted ranges: memory in which nobody is granted anything. */
#ifndef RESTRICTED_H
#define RESTRICTED_H

/* Whether a byte of [start, end) is in one, or is not in kernel memory at all. */
int is_restricted(unsigned long start, unsigned long end);

#endif
