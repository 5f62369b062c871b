/* SPDX-License-Identifier: Apache-2.0 */
#include "reach.h"

#include "kvmpl/cpu.h"

#define LEVELS 4

int reach_is_own(unsigned int vmpl, unsigned long gpa, unsigned long length) {
  static const struct kvmpl_range areas[LEVELS] = {
      {0, 0},
      {KVMPL_VMPL1_BASE, KVMPL_VMPL1_END},
      {KVMPL_VMPL2_BASE, KVMPL_VMPL2_END},
      {KVMPL_VMPL3_BASE, KVMPL_VMPL3_END},
  };
  return vmpl < LEVELS && gpa >= areas[vmpl].start && gpa < areas[vmpl].end && length <= areas[vmpl].end - gpa;
}

/* What the database has of the page, 0 for nothing. */
static unsigned int said_of(unsigned long gpa) {
  return gpa / KVMPL_PAGE_SIZE < KVMPL_PAGES_MAX ? rmp_permissions(gpa) : 0;
}

int reach_has(unsigned int vmpl, unsigned long gpa, unsigned int permissions) {
  return (said_of(gpa) >> KVMPL_RMP_LEVEL_BITS * vmpl & permissions) == permissions;
}

int reach_is_kept_from(unsigned int vmpl, unsigned long gpa) {
  return said_of(gpa) && !reach_has(vmpl, gpa, RMP_READ | RMP_WRITE);
}

int reach_may_use(unsigned int vmpl, unsigned long gpa, unsigned long length) {
  return reach_is_own(vmpl, gpa, length) && reach_has(vmpl, gpa, RMP_READ | RMP_WRITE);
}
