/* SPDX-License-Identifier: Apache-2.0
 * A driver for two processors. On the first it stores to successive pages, each of which has to be granted;
 * on the second it uses one page, which it was granted once, all that time. Arguments: the first page, the
 * number of pages, the page that is used. Its status is the number of results that were not as expected. */
#include "kvmpl/driver.h"

static volatile unsigned long granted, ready;

static unsigned long use(struct kvmpl_driver *self) {
  volatile unsigned long *page = (volatile unsigned long *)self->arguments[2];
  unsigned long wrong = kvmpl_store(self, self->arguments[2], 8, 0) != SVSM_SUCCESS;
  ready = 1;
  for (unsigned long i = 1; granted < self->arguments[1]; i++) {
    *page = i;
    if (*page != i) wrong++;
  }
  return wrong;
}

unsigned long driver_main(struct kvmpl_driver *self) {
  if (self->instance) return use(self);
  unsigned long wrong = 0;
  while (!ready) __asm__ volatile("pause");
  for (; granted < self->arguments[1]; granted++)
    if (kvmpl_store(self, self->arguments[0] + granted * KVMPL_PAGE_SIZE, 8, granted) != SVSM_SUCCESS) wrong++;
  return wrong;
}
