/* SPDX-License-Identifier: Apache-2.0
 * Calls of a lower level to VMPL0. */
#ifndef KVMPL_SVSM_H
#define KVMPL_SVSM_H

#include "kvmpl/ghcb.h"

struct svsm_call {
  unsigned long rax, rcx, rdx, r8, r9;
};

/* Makes the call through the calling area; the registers are the answer's afterwards. Returns RAX, or
 * SVSM_ERR_INCOMPLETE if VMPL0 has not seen the call. */
static inline unsigned long svsm_call(struct ghcb *ghcb, struct svsm_calling_area *area, struct svsm_call *call) {
  ghcb->rax = call->rax;
  ghcb->rcx = call->rcx;
  ghcb->rdx = call->rdx;
  ghcb->r8 = call->r8;
  ghcb->r9 = call->r9;
  *(volatile unsigned char *)&area->call_pending = 1;
  unsigned int refused = ghcb_event(ghcb, GHCB_NAE_SNP_RUN_VMPL, 0, 0);
  int unseen = *(volatile unsigned char *)&area->call_pending;
  area->call_pending = 0;
  if (refused || unseen) return SVSM_ERR_INCOMPLETE;
  *call = (struct svsm_call){ghcb->rax, ghcb->rcx, ghcb->rdx, ghcb->r8, ghcb->r9};
  return call->rax;
}

#endif
