/* SPDX-License-Identifier: Apache-2.0
 * Before anything else, gives the address of a page of kernel memory to every MSR that may have somebody write there.
 * The first MSR that has taken it, 0 if none has, is in the page behind. */
#include "host_msrs.h"
#include "validator.h"

#define PAGE 0x1100000UL

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  struct kvmpl_driver itself = {.ghcb = info->ghcb};
  interrupts_install();
  info->driver = &itself; /* whose guarded instructions go on behind an exception */
  *(volatile unsigned long *)(PAGE + KVMPL_PAGE_SIZE) = name_page_to_host(&itself, PAGE);
  let_time_pass();
  ready(info);
  for (;;) answer(info->request, SVSM_SUCCESS);
}
