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

int reach_has(unsigned int vmpl, unsigned long gpa, unsigned int permissions) {
  struct rmp_state now;
  return rmpquery(gpa & -(unsigned long)KVMPL_PAGE_SIZE, vmpl, &now) == RMP_OK &&
         (now.permissions & permissions) == permissions;
}

int reach_is_kept_from(unsigned int vmpl, unsigned long gpa) {
  return reach_has(vmpl, gpa, 0) && !reach_has(vmpl, gpa, RMP_READ | RMP_WRITE);
}

int reach_may_use(unsigned int vmpl, unsigned long gpa, unsigned long length) {
  return reach_is_own(vmpl, gpa, length) && reach_has(vmpl, gpa, RMP_READ | RMP_WRITE);
}
