/* SPDX-License-Identifier: Apache-2.0
 * Grants everything that it is asked for, and will not hear of a driver's end; answers by events. */
#include "validator.h"

static unsigned long result_of(const struct kvmpl_request *request) {
  switch (request->kind) {
    case KVMPL_REQUEST_VALIDATE: return open_page(page_of(request));
    case KVMPL_REQUEST_DISSOCIATE: return KVMPL_ERR_NOT_GRANTED;
    default: return SVSM_SUCCESS;
  }
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  struct kvmpl_request *request = info->request;
  interrupts_install();
  ghcb_register(info->ghcb);
  if (request->kind == KVMPL_REQUEST_NONE) ghcb_run_vmpl(request->vmpl);
  for (;;) {
    request->result = result_of(request);
    request->pending = 0;
    ghcb_event(info->ghcb, GHCB_NAE_SNP_RUN_VMPL, request->vmpl, 0);
  }
}
