/* SPDX-License-Identifier: Apache-2.0
 * Executes an instruction that does not exist when it is asked. */
#include "validator.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  ready(info);
  next_store(info);
  for (;;) __asm__ volatile("ud2");
}
