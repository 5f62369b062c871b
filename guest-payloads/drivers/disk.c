/* SPDX-License-Identifier: Apache-2.0
 * The default scenario's driver: it stores where it may, where nobody may and where another driver may,
 * and goes on after each refusal. Arguments: a free address, a restricted one, another driver's.
 * Its status is the number of answers that were not the expected ones. */
#include "kvmpl/driver.h"

enum { FREE, RESTRICTED, OTHERS };

unsigned long driver_main(struct kvmpl_driver *self) {
  const unsigned long *address = self->arguments;
  unsigned long surprises = 0;
  /* The first store to a page is judged; the page is then open, and the second makes no exit. */
  surprises += kvmpl_store(self, address[FREE], 8, 0x1122334455667788) != SVSM_SUCCESS;
  surprises += kvmpl_store(self, address[FREE] + 8, 4, 0xcafef00d) != SVSM_SUCCESS;
  surprises += kvmpl_store(self, address[RESTRICTED], 8, 0xbadbadbadbadbad) != KVMPL_ERR_RESTRICTED;
  surprises += kvmpl_store(self, address[OTHERS], 2, 0xbad) != KVMPL_ERR_OWNED_BY_OTHER;
  /* Refused twice and still in business: what was granted stays so. */
  surprises += kvmpl_store(self, address[FREE] + 16, 1, 0x42) != SVSM_SUCCESS;
  return surprises;
}
