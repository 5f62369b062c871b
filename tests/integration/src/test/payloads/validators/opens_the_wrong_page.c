/* SPDX-License-Identifier: Apache-2.0
 * Says yes, and opens the page after the one that was asked for. */
#include "validator.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  ready(info);
  for (;;) {
    struct kvmpl_request *request = next_store(info);
    open_page(page_of(request) + KVMPL_PAGE_SIZE);
    answer(request, SVSM_SUCCESS);
  }
}
