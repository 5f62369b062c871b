/* SPDX-License-Identifier: Apache-2.0
 * Gives the address of a page of kernel memory to every MSR that may have somebody write there. Argument: the page.
 * Its status is the first MSR that has taken it, 0 if none has. */
#include "host_msrs.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long page = self->arguments[0], taken;
  for (unsigned long at = page; at < page + KVMPL_PAGE_SIZE; at += 8)
    *(volatile unsigned long *)at = at; /* the first of them is granted */
  taken = name_page_to_host(self, page);
  if (!self->cpl) let_time_pass();
  return taken;
}
