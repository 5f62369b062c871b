/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include "kvmpl/cpu.h"

/* Kernel memory alone: what the machine itself is made of, VMPL0 first of all, is opened for nobody. */
static int is_kernel_memory(const struct kvmpl_boot_info *info, unsigned long page) {
  return page >= KVMPL_KERNEL_MEMORY_BASE && page < info->memory_size;
}

/* The page stays whose it is, so what would be refused next is what would be refused without watching. */
unsigned long judge_refused(const struct kvmpl_request *request, unsigned int needed, unsigned long why) {
  const struct kvmpl_boot_info *info = vcpu_info();
  unsigned long page = request->gpa & -(unsigned long)KVMPL_PAGE_SIZE;
  unsigned long would = KVMPL_WOULD_REFUSE | (unsigned int)why;
  if (info->policy != KVMPL_POLICY_WATCH) return why;
  if (permissions_are_all(request)) return would; /* there is no page to open */
  if (!is_kernel_memory(info, page)) return why;
  if (!grants_have_room(page)) return KVMPL_ERR_MAP_FULL;
  if (info->trace->enabled) trace_request(info->trace, KVMPL_STEP_ADJUST);
  unsigned long result = grants_open(page, request->vmpl, needed);
  return result == SVSM_SUCCESS ? would : result;
}

unsigned long judge(struct kvmpl_request *request) {
  const struct kvmpl_boot_info *info = vcpu_info();
  int by_codebase = info->codebases != 0;
  return info->trace->enabled ? judge_inline(request, by_codebase, info->trace, 1)
                              : judge_inline(request, by_codebase, info->trace, 0);
}
