/* SPDX-License-Identifier: Apache-2.0 */
#include "detect.h"

#include "kvmpl/interrupts.h"
#include "kvmpl/svsm.h"
#include "kvmpl/trace.h"
#include "tables.h"

/* Error code of a page fault [APM 2, 8.4.2]. */
#define PF_WRITE 0x2
#define PF_FETCH 0x10

static void detected(const struct kvmpl_boot_info *info, unsigned int access, unsigned long gpa, unsigned long rip) {
  trace_access(info->trace, KVMPL_STEP_DETECT, info->driver->id, access, gpa, 1, 0, rip);
  trace_access(info->trace, KVMPL_STEP_EXIT1, info->driver->id, access, gpa, 1, 0, 0);
}

/* The hypervisor says by this interrupt, and in the GHCB page, what it has caught. It keeps the store, or the driver is
 * still at it: then it must not come to it again if it is refused. */
static int reflected(const struct kvmpl_boot_info *info, struct interrupt_frame *frame) {
  if (info->ghcb->sw_exitcode != GHCB_NAE_NPF) return 0;
  detected(info, KVMPL_ACCESS_WRITE, info->ghcb->sw_exitinfo2, frame->rip);
  ghcb_run_vmpl(0);
  const volatile struct ghcb *answer = info->ghcb;
  if (answer->rax == SVSM_SUCCESS || !(answer->sw_exitinfo1 & KVMPL_NPF_INFO_PENDING)) return 1;
  frame->vector = VECTOR_GP;
  frame->error = KVMPL_GP_REFUSED;
  return 0;
}

/* A driver that is not ready to be refused has come to its end. */
static void end_driver(struct kvmpl_driver *driver, unsigned long status) {
  driver->status = status;
  ghcb_give_back(driver);
}

static unsigned int access_of(unsigned long error) {
  return error & PF_WRITE ? KVMPL_ACCESS_WRITE : error & PF_FETCH ? KVMPL_ACCESS_EXECUTE : KVMPL_ACCESS_READ;
}

/* By the frame the hypervisor finds the instruction, so that a store across a page's end is judged as a whole: the answer's
 * R9 is another page that it is in and that has been granted with it, or 0. */
static unsigned long ask(const struct kvmpl_boot_info *info, unsigned int access, unsigned long address,
                         const struct interrupt_frame *frame, unsigned long *second) {
  struct svsm_call call = {
      .rax = (unsigned long)KVMPL_PROTOCOL << SVSM_PROTOCOL_SHIFT | KVMPL_CALL_VALIDATE,
      .rcx = address,
      .rdx = access,
      .r8 = 1,
      .r9 = (unsigned long)frame,
  };
  unsigned long result = svsm_call(info->ghcb, info->calling_area, &call);
  info->ghcb->rax = result;
  *second = call.r9;
  return result;
}

unsigned long detect_ask(const struct kvmpl_boot_info *info, unsigned int access, unsigned long address) {
  unsigned long none;
  return ask(info, access, address, 0, &none);
}

/* The page tables prohibit the access as well as VMPL1's permissions do: ask, and have it done anew. */
static int faulted(const struct kvmpl_boot_info *info, const struct interrupt_frame *frame) {
  unsigned long address = read_cr2(), page = address & -(unsigned long)KVMPL_PAGE_SIZE;
  unsigned int access = access_of(frame->error);
  if (!tables_protect(info, page, access)) return 0;
  detected(info, access, address, frame->rip);
  unsigned long second, result = ask(info, access, address, frame, &second);
  if (result == SVSM_SUCCESS) {
    tables_open(page, access);
    if (second && tables_protect(info, second, access)) tables_open(second, access);
    return 1;
  }
  if (!info->driver->fixup_rip) end_driver(info->driver, result);
  return 0;
}

int level_interrupt(struct interrupt_frame *frame) {
  const struct kvmpl_boot_info *info = vcpu_info();
  if (!info->driver) return 0;
  if (frame->vector == KVMPL_VECTOR_REFLECT) return reflected(info, frame);
  if (frame->vector == VECTOR_PF && info->detection == KVMPL_DETECTION_FAULT) return faulted(info, frame);
  return 0;
}

void detect_reset(const struct kvmpl_boot_info *info) {
  if (info->detection == KVMPL_DETECTION_FAULT) tables_close(info);
}
