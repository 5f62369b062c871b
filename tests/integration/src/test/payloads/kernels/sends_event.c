/* SPDX-License-Identifier: Apache-2.0
 * Has the event in the first driver's arguments served: exit code, information 1 and 2. The driver's status
 * is the answer: EXITINFO1 in the high half, EXITINFO2 in the low one. */
#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"

int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0;
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  struct kvmpl_driver *driver = info->drivers[0];
  driver->ghcb = info->ghcb;
  driver->trace = info->trace;
  driver->level = 1;
  const unsigned long *event = driver->arguments;
  unsigned long answer = ghcb_event(info->ghcb, event[0], event[1], event[2]);
  driver->status = answer << 32 | (unsigned int)info->ghcb->sw_exitinfo2;
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
