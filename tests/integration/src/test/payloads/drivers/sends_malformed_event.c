/* SPDX-License-Identifier: Apache-2.0
 * Sends HV_FEATURES with something wrong in the page's form. Arguments: usage, the byte of the valid bitmap that has
 * the exit code and its informations. The status is EXITINFO1 in the high half and EXITINFO2 in the low one. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  volatile struct ghcb *ghcb = self->ghcb;
  ghcb->usage = (unsigned int)self->arguments[0];
  ghcb->valid_bitmap[14] = (unsigned char)self->arguments[1];
  ghcb->sw_exitcode = GHCB_NAE_HV_FEATURES;
  wrmsr(KVMPL_MSR_GHCB, (unsigned long)self->ghcb);
  return ghcb->sw_exitinfo1 << 32 | (unsigned int)ghcb->sw_exitinfo2;
}
