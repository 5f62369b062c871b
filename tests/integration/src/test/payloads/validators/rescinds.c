/* SPDX-License-Identifier: Apache-2.0
 * Rescinds the validation of two pages, validates the second again, and lets VMPL1 run. Says yes to reads; reads
 * the first page itself when it is asked about a store. */
#include "validator.h"

#define FIRST 0x1100000UL
#define SECOND (FIRST + KVMPL_PAGE_SIZE)

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  pvalidate(FIRST, RMP_PAGE_SIZE_4K, 0, 0);
  pvalidate(SECOND, RMP_PAGE_SIZE_4K, 0, 0);
  pvalidate(SECOND, RMP_PAGE_SIZE_4K, 1, 0);
  ready(info);
  for (;;) {
    struct kvmpl_request *request = next_store(info);
    if (request->access == KVMPL_ACCESS_WRITE) *(volatile unsigned long *)FIRST;
    answer(request, SVSM_SUCCESS);
  }
}
