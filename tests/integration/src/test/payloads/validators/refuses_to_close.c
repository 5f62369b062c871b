/* SPDX-License-Identifier: Apache-2.0
 * Grants everything that it is asked for, and will not hear of a driver's end. */
#include "validator.h"

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  ready(info);
  for (;;) {
    struct kvmpl_request *request = info->request;
    switch (request->kind) {
      case KVMPL_REQUEST_VALIDATE: answer(request, open_page(page_of(request))); break;
      case KVMPL_REQUEST_DISSOCIATE: answer(request, KVMPL_ERR_NOT_GRANTED); break;
      default: answer(request, SVSM_SUCCESS);
    }
  }
}
