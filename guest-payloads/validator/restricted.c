/* SPDX-License-Identifier: Apache-2.0 */
#include "restricted.h"

#include "kvmpl/cpu.h"

/* Memory below kernel memory is nobody's to ask for: tables, communication pages, the validator itself. */
int is_restricted_by(const struct kvmpl_restricted *restricted, unsigned long memory_size, unsigned long start,
                     unsigned long end) {
  if (start < KVMPL_KERNEL_MEMORY_BASE || start >= memory_size || end > memory_size) return 1;
  unsigned long low = 0, high = restricted->count;
  while (low < high) {
    unsigned long middle = low + (high - low) / 2;
    if (restricted->ranges[middle].end <= start)
      low = middle + 1;
    else
      high = middle;
  }
  return low < restricted->count && restricted->ranges[low].start < end;
}

int is_restricted(unsigned long start, unsigned long end) {
  return is_restricted_by((const struct kvmpl_restricted *)KVMPL_RESTRICTED_GPA, vcpu_info()->memory_size, start, end);
}
