/* SPDX-License-Identifier: Apache-2.0
 * The guest kernel's part at VMPL0: decides whether a driver may do what it attempts. It believes nothing that
 * a lower level can write: address, length and data come from the exit, driver and level from what the
 * hypervisor recorded. It runs on every processor that a driver runs on, one request at a time on each. */
#include "ahead.h"
#include "grants.h"
#include "judge.h"
#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"
#include "kvmpl/trace.h"
#include "lock.h"
#include "ownership.h"
#include "stores.h"
#include "svsm.h"
#include "translations.h"

#define LEVELS 4

static struct kvmpl_ownership_map *const ownership = (struct kvmpl_ownership_map *)KVMPL_OWNERSHIP_GPA;
static struct lock tables;                   /* of the ownership map, the grants and what is below */
static unsigned int driver_of_level[LEVELS]; /* whose grants a level has */

static void step(enum kvmpl_step step, const struct kvmpl_request *request) {
  trace_access(vcpu_info()->trace, step, request->driver, request->access, request->gpa, request->length, request->data,
               0);
}

/* A level has one driver at a time, which may have it on several processors. */
static unsigned long associate(const struct kvmpl_request *request) {
  if (driver_of_level[request->vmpl % LEVELS] != request->driver) {
    unsigned long result = grants_close_all(request->vmpl);
    if (result != SVSM_SUCCESS) return result;
    driver_of_level[request->vmpl % LEVELS] = request->driver;
  }
  return svsm_start(vcpu_info(), request);
}

/* What is nobody's is open for nobody, at no level that the driver has had. */
static unsigned long unload(unsigned int driver) {
  unsigned long page = KVMPL_KERNEL_MEMORY_BASE;
  while ((page = ownership_next(ownership, page, driver))) {
    if (grants_close_range(page, page + KVMPL_PAGE_SIZE) != SVSM_SUCCESS) return KVMPL_ERR_NOT_GRANTED;
    ownership_withdraw(ownership, page, page + KVMPL_PAGE_SIZE);
  }
  return SVSM_SUCCESS;
}

/* The driver has given its last vCPU back: nothing that it was granted stays open, least of all for the guest
 * kernel, which goes on at a driver's level. If another driver has been given the level meanwhile, that closed it. */
static unsigned long dissociate(const struct kvmpl_request *request) {
  unsigned int *has_level = &driver_of_level[request->vmpl % LEVELS];
  if (*has_level == request->driver || *has_level == 0) {
    unsigned long result = grants_close_all(request->vmpl);
    if (result != SVSM_SUCCESS) return result;
    *has_level = 0;
  }
  if (request->data & KVMPL_DISSOCIATE_UNLOAD) {
    unsigned long result = unload(request->driver);
    if (result != SVSM_SUCCESS) return result;
  }
  return svsm_end(request);
}

/* A lower level may ask about a page that it has had rescinded: the instruction fails, and nothing else. */
static int page_not_validated(struct interrupt_frame *frame) {
  if (frame->vector != VECTOR_VC || frame->error != VC_PAGE_NOT_VALIDATED) return 0;
  frame->rax = RMP_FAIL_INPUT;
  frame->rip += RMP_OPCODE_SIZE;
  return 1;
}

int level_interrupt(struct interrupt_frame *frame) { return page_not_validated(frame); }

/* What is answered goes out by way of an interrupt. Nobody changes a register or the stack while it is awaited, and what
 * comes after it is the same code: so it is taken as if it were the return of a call, with interrupts disabled again. In RDI:
 * the page with the event that requests it, all of which is there since it was prepared. */
__attribute__((naked, noinline, used)) static void request_interrupt(unsigned long ghcb) {
  (void)ghcb;
  __asm__("movl %0, %%ecx\n\t"
          "movl %%edi, %%eax\n\t"
          "xorl %%edx, %%edx\n\t"
          "sti\n\t"
          "wrmsr\n"
          "1:\tpause\n\t"
          "jmp 1b\n"
          "interrupted:\n\t"
          "movq 24(%%rsp), %%rsp\n\t" /* where the CPU has saved it [APM 2, 8.9.3] */
          "ret"
          :
          : "i"(KVMPL_MSR_GHCB));
}
extern const unsigned char interrupted[];

#ifndef answer_by_interrupt /* a test has it done otherwise */
static void answer_by_interrupt(const struct kvmpl_boot_info *info) {
  info->ghcb->sw_exitinfo1 = APIC_ICR_SHORTHAND_SELF | KVMPL_VECTOR_RELAUNCH;
  request_interrupt((unsigned long)info->ghcb);
}
#endif

static ALWAYS_INLINE void give_verdict(const struct kvmpl_boot_info *info, struct kvmpl_request *request,
                                       struct kvmpl_trace_ring *trace, const int tracing) {
  lock_take(&tables);
  request->result = judge_inline(request, info->codebases != 0, trace, tracing);
  if (__builtin_expect(info->grant == KVMPL_GRANT_AHEAD, 0)) ahead_open(request);
  lock_release(&tables);
  request->pending = 0;
  if (tracing) trace_request(trace, KVMPL_STEP_IRQ);
  answer_by_interrupt(info);
  if (tracing) trace_request(trace, KVMPL_STEP_EXIT2);
}

/* What is asked for that nobody is in a hurry for: an SVSM call, a store of a kernel whose drivers are its own code. */
static void serve_asked(struct kvmpl_boot_info *info, struct kvmpl_request *request) {
  lock_take(&tables);
  if (request->kind == KVMPL_REQUEST_CALL) {
    svsm_serve(info, request, judge);
    request->result = request->rax;
  } else {
    request->result = stores_judge(request);
    if (request->result != SVSM_SUCCESS) step(KVMPL_STEP_ERROR, request);
  }
  lock_release(&tables);
  request->pending = 0;
  step(KVMPL_STEP_IRQ, request);
  answer_by_interrupt(info);
  step(KVMPL_STEP_EXIT2, request);
}

static void serve_driver(struct kvmpl_request *request) {
  lock_take(&tables);
  switch (request->kind) {
    case KVMPL_REQUEST_ASSOCIATE: request->result = associate(request); break;
    case KVMPL_REQUEST_DISSOCIATE: request->result = dissociate(request); break;
    default: request->result = SVSM_ERR_INVALID_REQUEST;
  }
  lock_release(&tables);
  request->pending = 0;
}

static __attribute__((noreturn)) void serve_all(struct kvmpl_boot_info *info) {
  struct kvmpl_request *request = info->request;
  struct kvmpl_trace_ring *trace = info->trace;
  for (;;) {
    if (__builtin_expect(request->kind == KVMPL_REQUEST_VALIDATE, 1)) {
      if (__builtin_expect(trace->enabled == 0, 1))
        give_verdict(info, request, trace, 0);
      else
        give_verdict(info, request, trace, 1);
    } else if (request->kind == KVMPL_REQUEST_CALL || request->kind == KVMPL_REQUEST_STORE) {
      serve_asked(info, request);
    } else {
      serve_driver(request);
    }
    ghcb_run_vmpl(request->vmpl); /* the second exit, after an interrupt; comes back with the next request */
  }
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  interrupts_install();
  interrupts_take(KVMPL_VECTOR_RELAUNCH, interrupted);
  ghcb_register(info->ghcb);
  ghcb_prepare(info->ghcb, GHCB_NAE_HV_IPI, 0, 0);
  svsm_note(info);
  if (info->request->kind == KVMPL_REQUEST_NONE) { /* launched first: nobody else has run yet */
    translations_note();
    ghcb_run_vmpl(info->request->vmpl); /* ready */
  }
  serve_all(info);
}
