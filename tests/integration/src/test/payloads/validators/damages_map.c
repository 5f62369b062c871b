/* SPDX-License-Identifier: Apache-2.0
 * Fills the ownership map with the number of a driver that there cannot be, and refuses every store. */
#include "validator.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  ready(info);
  for (;;) {
    struct kvmpl_request *request = next_store(info);
    volatile unsigned long *words = (volatile unsigned long *)KVMPL_OWNERSHIP_GPA;
    for (unsigned long i = 0; i < info->memory_size / KVMPL_PAGE_SIZE / sizeof *words; i++) words[i] = -1UL;
    answer(request, KVMPL_ERR_RESTRICTED);
  }
}
