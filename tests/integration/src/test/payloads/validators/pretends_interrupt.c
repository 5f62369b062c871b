/* SPDX-License-Identifier: Apache-2.0
 * The real validator, which records the interrupt and does what its handler does, without requesting one. */
#include "kvmpl/ghcb.h"

static void pretend(void);
#define ghcb_event(...) pretend()
#include "broken_validator.h"

static void pretend(void) {
  struct kvmpl_boot_info *info = vcpu_info();
  relaunched[info->processor] = 1;
  step(KVMPL_STEP_EXIT2, info->request);
  ghcb_run_vmpl(info->request->vmpl);
}
