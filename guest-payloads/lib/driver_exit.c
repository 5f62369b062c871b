/* SPDX-License-Identifier: Apache-2.0 */
#include "kvmpl/ghcb.h"

/* Leaves the status and gives the vCPU back. */
__attribute__((noreturn)) void kvmpl_driver_exit(struct kvmpl_driver *self, unsigned long status) {
  self->status = status;
  for (;;)
    ghcb_event(self->ghcb, GHCB_NAE_SNP_AP_CREATION,
               (unsigned long)self->level << GHCB_AP_VMPL_SHIFT | GHCB_AP_DESTROY, self->vmsa);
}
