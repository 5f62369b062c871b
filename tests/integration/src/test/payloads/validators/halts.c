/* SPDX-License-Identifier: Apache-2.0
 * Halts when it is asked, with interrupts off. */
#include "validator.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  ready(info);
  next_store(info);
  for (;;) __asm__ volatile("hlt");
}
