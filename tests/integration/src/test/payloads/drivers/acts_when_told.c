/* SPDX-License-Identifier: Apache-2.0
 * Announces a call, sets its status, and waits until there is something at the address in its first argument. Then it
 * does what the second one says: has an event served, stores 8 bytes where the third one says, or makes the call. Its
 * status is what came of it; it ends without its GHCB page, by the MSR. */
#include "kvmpl/driver.h"
#include "kvmpl/svsm.h"

enum { EVENT, STORE, CALL };

static unsigned long act(struct kvmpl_driver *self) {
  switch (self->arguments[1]) {
    case EVENT: return ghcb_event(self->ghcb, GHCB_NAE_HV_FEATURES, 0, 0);
    case STORE: {
      *(volatile unsigned long *)self->arguments[2] = 1; /* without looking what came of it, in the page */
      return 0;
    }
    default: /* announced before */
      self->ghcb->rax = SVSM_CORE_QUERY_PROTOCOL;
      self->ghcb->rcx = 1;
      ghcb_event(self->ghcb, GHCB_NAE_SNP_RUN_VMPL, 0, 0);
      return self->ghcb->rax;
  }
}

unsigned long driver_main(struct kvmpl_driver *self) {
  *(volatile unsigned char *)&((struct svsm_calling_area *)vcpu_info()->calling_area)->call_pending = 1;
  *(volatile unsigned long *)&self->status = 0;
  while (*(volatile unsigned long *)self->arguments[0] == 0) __asm__ volatile("pause");
  self->status = act(self);
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
