/* SPDX-License-Identifier: Apache-2.0
 * Loops before it is ready. */
#include "validator.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  (void)info;
  for (;;) __asm__ volatile("");
}
