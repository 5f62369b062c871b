/* SPDX-License-Identifier: Apache-2.0 */
#include "codebases.h"

#include "sha384.h"

unsigned long codebases_lookup(const struct kvmpl_codebases *codebases, unsigned long page) {
  unsigned long low = 0, high = codebases->range_count;
  while (low < high) {
    unsigned long middle = low + (high - low) / 2;
    if (codebases->ranges[middle].end <= page)
      low = middle + 1;
    else
      high = middle;
  }
  return low < codebases->range_count && codebases->ranges[low].start <= page ? codebases->ranges[low].codebase : 0;
}

const struct kvmpl_codebase *codebases_find(const struct kvmpl_codebases *codebases, unsigned long id) {
  for (unsigned long i = 0; i < codebases->count; i++)
    if (codebases->entries[i].id == id) return &codebases->entries[i];
  return 0;
}

int codebase_is_intact(const struct kvmpl_codebase *codebase) {
  unsigned long image = codebase->image, size = codebase->size;
  if (image < KVMPL_VMPL0_BASE || image >= KVMPL_VMPL0_END || size > KVMPL_VMPL0_END - image ||
      codebase->entry - image >= size)
    return 0;
  unsigned char measurement[KVMPL_MEASUREMENT_BYTES];
  sha384((const unsigned char *)image, size, measurement);
  unsigned char difference = 0;
  for (unsigned int i = 0; i < sizeof measurement; i++) difference |= measurement[i] ^ codebase->measurement[i];
  return difference == 0;
}
