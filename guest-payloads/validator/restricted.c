/* SPDX-License-Identifier: Apache-2.0 */
#include "restricted.h"

int is_restricted(unsigned long start, unsigned long end) {
  const struct kvmpl_restricted *restricted = (const struct kvmpl_restricted *)KVMPL_RESTRICTED_GPA;
  for (unsigned long page = start; page < end; page += KVMPL_PAGE_SIZE)
    if (is_restricted_page(restricted, page)) return 1;
  return 0;
}
