/* SPDX-License-Identifier: Apache-2.0
 * Makes SVSM calls: quintuples of RAX, RCX, RDX, R8, and whether the calling area announces the call. What RAX and
 * RCX come back with is left in the first two of the five. Its status is the number of calls. */
#include "kvmpl/driver.h"
#include "kvmpl/svsm.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  struct svsm_calling_area *area = vcpu_info()->calling_area;
  unsigned long calls = 0;
  for (unsigned long i = 0; i + 4 < self->argument_count; i += 5, calls++) {
    unsigned long *a = &self->arguments[i];
    struct svsm_call call = {.rax = a[0], .rcx = a[1], .rdx = a[2], .r8 = a[3]};
    if (a[4]) {
      unsigned long result = svsm_call(self->ghcb, area, &call);
      if (a[0] == SVSM_CORE_REMAP_CA && result == SVSM_SUCCESS) area = (struct svsm_calling_area *)a[1];
    } else {
      self->ghcb->rax = call.rax;
      ghcb_event(self->ghcb, GHCB_NAE_SNP_RUN_VMPL, 0, 0);
      call.rax = self->ghcb->rax;
    }
    a[0] = call.rax;
    a[1] = call.rcx;
  }
  return calls;
}
