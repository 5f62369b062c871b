/* SPDX-License-Identifier: Apache-2.0
 * Stores to page after page. Arguments: the first address, how far apart they are, how many. Status: how many were
 * refused, and above that, in bits 63:32, why the last one was. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  const unsigned long *a = self->arguments;
  unsigned long refused = 0, why = SVSM_SUCCESS;
  for (unsigned long i = 0; i < a[2]; i++) {
    unsigned long result = kvmpl_store(self, a[0] + i * a[1], 8, i + 1);
    if (result != SVSM_SUCCESS) {
      refused++;
      why = result;
    }
  }
  return refused | why << 32;
}
