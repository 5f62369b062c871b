/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include "kvmpl/cpu.h"

unsigned long judge(struct kvmpl_request *request) {
  const struct kvmpl_boot_info *info = vcpu_info();
  int by_codebase = info->codebases != 0;
  return info->trace->enabled ? judge_inline(request, by_codebase, info->trace, 1)
                              : judge_inline(request, by_codebase, info->trace, 0);
}
