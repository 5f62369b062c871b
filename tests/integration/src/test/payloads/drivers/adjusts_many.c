/* SPDX-License-Identifier: Apache-2.0
 * Executes RMPADJUST on page after page. Arguments: the first page, how far apart they are, how many, the target level,
 * the permissions. Status: how many failed, and above that, in bits 63:32, what the last one answered. */
#include "kvmpl/driver.h"
#include "kvmpl/rmp.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  const unsigned long *a = self->arguments;
  unsigned long failed = 0, result = RMP_OK;
  for (unsigned long i = 0; i < a[2]; i++) {
    result = rmpadjust(a[0] + i * a[1], (unsigned int)a[3], (unsigned int)a[4]);
    failed += result != RMP_OK;
  }
  return failed | result << 32;
}
