/* SPDX-License-Identifier: Apache-2.0
 * Looks whether its level is as it was at launch. Arguments: the first and the end of its level's pages that it looks at.
 * Its status has a bit for each thing that is not. */
#include "kvmpl/driver.h"
#include "kvmpl/svsm.h"

enum { CALL_UNSEEN = 1, NOT_VALIDATED = 2, VMSA_BIT = 4, NO_PERMISSIONS = 8 };

#define ALL (RMP_READ | RMP_WRITE | RMP_EXECUTE_USER | RMP_EXECUTE_SUPERVISOR)

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long found = 0;
  struct svsm_call call = {.rax = SVSM_CORE_QUERY_PROTOCOL, .rcx = 1};
  if (svsm_call(self->ghcb, vcpu_info()->calling_area, &call) != SVSM_SUCCESS) found |= CALL_UNSEEN;
  for (unsigned long page = self->arguments[0]; page < self->arguments[1]; page += KVMPL_PAGE_SIZE) {
    struct rmp_state state;
    if (rmpquery(page, self->level, &state) != RMP_OK) found |= NOT_VALIDATED;
    if (state.vmsa) found |= VMSA_BIT;
    if (state.permissions != ALL) found |= NO_PERMISSIONS;
  }
  return found;
}
