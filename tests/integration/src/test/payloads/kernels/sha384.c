/* SPDX-License-Identifier: Apache-2.0
 * Hashes what the first driver's arguments say: triples of address, length, and where the digest goes. */
#include "validator/sha384.c"

#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"

int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0;
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  const struct kvmpl_driver *driver = info->drivers[0];
  for (unsigned long i = 0; i + 2 < driver->argument_count; i += 3)
    sha384((const unsigned char *)driver->arguments[i], driver->arguments[i + 1], (unsigned char *)driver->arguments[i + 2]);
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
