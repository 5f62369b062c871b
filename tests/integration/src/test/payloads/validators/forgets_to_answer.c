/* SPDX-License-Identifier: Apache-2.0
 * Opens the page and writes a yes, but neither requests its interrupt nor hands the machine back. */
#include "validator.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  ready(info);
  struct kvmpl_request *request = next_store(info);
  open_page(page_of(request));
  request->result = SVSM_SUCCESS;
  request->pending = 0;
  for (;;) __asm__ volatile("");
}
