/* SPDX-License-Identifier: Apache-2.0
 * Grants what it is asked for if the hypervisor runs no level but the one that asks: by the MSR and by events, when it is
 * launched and at each question. Else it refuses. */
#include "validator.h"

static unsigned int done; /* requests that were not answered as they should be */

static void run_others(struct kvmpl_boot_info *info, unsigned long asking) {
  for (unsigned long level = 0; level <= 5; level++) {
    if (level == asking) continue;
    unsigned long refused = (level != 0 ? 1UL << 32 : 0) | GHCB_MSR_RUN_VMPL_RESPONSE; /* itself: nothing to do */
    done += ghcb_msr_call(level << GHCB_MSR_RUN_VMPL_SHIFT | GHCB_MSR_RUN_VMPL_REQUEST) != refused;
    done += (ghcb_event(info->ghcb, GHCB_NAE_SNP_RUN_VMPL, level, 0) != 0) != (level != 0);
  }
}

static unsigned long result_of(const struct kvmpl_request *request) {
  if (request->kind == KVMPL_REQUEST_DISSOCIATE) close_pages();
  if (request->kind != KVMPL_REQUEST_VALIDATE) return SVSM_SUCCESS;
  return done ? KVMPL_ERR_RESTRICTED : open_page(page_of(request));
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  struct kvmpl_request *request = info->request;
  interrupts_install();
  ghcb_register(info->ghcb);
  run_others(info, DRIVER_VMPL);
  ghcb_run_vmpl(DRIVER_VMPL); /* comes back with the first request */
  for (;;) {
    run_others(info, request->vmpl);
    request->result = result_of(request);
    request->pending = 0;
    ghcb_run_vmpl(request->vmpl);
  }
}
