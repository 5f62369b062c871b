/* SPDX-License-Identifier: Apache-2.0
 * Has the event in its arguments served: exit code, information 1 and 2. Returns the answer: EXITINFO1 in
 * the high half, EXITINFO2 in the low one. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  const unsigned long *event = self->arguments;
  unsigned long answer = ghcb_event(self->ghcb, event[0], event[1], event[2]);
  return answer << 32 | (unsigned int)self->ghcb->sw_exitinfo2;
}
