/* SPDX-License-Identifier: Apache-2.0
 * Rescinds a page of its own level's and stores the GDT's register there, before it is ready. */
#include "validator.h"

#define PAGE 0x1100000

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  ghcb_register(info->ghcb);
  pvalidate(PAGE, RMP_PAGE_SIZE_4K, 0, 0);
  __asm__ volatile("sgdt (%[to])" : : [to] "r"(PAGE + 0x100UL) : "memory");
  ghcb_terminate(KVMPL_TERMINATE_FINISHED);
}
