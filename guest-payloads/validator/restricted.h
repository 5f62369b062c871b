/* SPDX-License-Identifier: Apache-2.0
 * The restricted ranges: memory in which nobody is granted anything. */
#ifndef RESTRICTED_H
#define RESTRICTED_H

#include "kvmpl/abi.h"

/* Whether the page that `gpa` is in is restricted; what is not kernel memory is, so that it is nobody's to ask for: tables,
 * communication pages, the validator itself, what is beyond memory. */
static inline int is_restricted_page(const struct kvmpl_restricted *restricted, unsigned long gpa) {
  unsigned long page = gpa / KVMPL_PAGE_SIZE;
  return page >= KVMPL_PAGES_MAX || (restricted->pages[page / 8] >> page % 8 & 1);
}

/* Whether a byte of [start, end), whole pages, is. */
int is_restricted(unsigned long start, unsigned long end);

#endif
