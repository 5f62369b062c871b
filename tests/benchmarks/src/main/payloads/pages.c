/* SPDX-License-Identifier: Apache-2.0
 * The benchmarks' driver: one store to each of successive pages, so that each is judged, and more to it once it is
 * granted. Arguments: the first page's address, the number of pages, the number of further stores. Its status is the
 * number of refusals. At its end VMPL0 closes every page, which belongs to what a machine costs, and to no round trip. */
#include "kvmpl/driver.h"

/* Away from the page's ends: there it would have to be told from a part of a longer store. */
#define OFFSET 0x100

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long page = self->arguments[0], more = self->argument_count > 2 ? self->arguments[2] : 0, refused = 0;
  for (unsigned long i = 0; i < self->arguments[1]; i++, page += KVMPL_PAGE_SIZE) {
    if (kvmpl_store(self, page + OFFSET, 8, i) != SVSM_SUCCESS) refused++;
    for (unsigned long j = 0; j < more; j++) *(volatile unsigned long *)(page + OFFSET) = j;
  }
  return refused;
}
