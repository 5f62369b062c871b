/* SPDX-License-Identifier: Apache-2.0
 * The guest kernel's part at VMPL0: decides whether a driver may do what it attempts. It believes nothing that
 * a lower level can write: address, length and data come from the exit, driver and level from what the
 * hypervisor recorded. It runs on every processor that a driver runs on, one request at a time on each. */
#include "grants.h"
#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"
#include "kvmpl/trace.h"
#include "lock.h"
#include "ownership.h"
#include "permissions.h"
#include "policy.h"
#include "svsm.h"
#include "translations.h"

#define LEVELS 4

static struct kvmpl_ownership_map *const ownership = (struct kvmpl_ownership_map *)KVMPL_OWNERSHIP_GPA;
static struct lock tables;                   /* of the ownership map, the grants and what is below */
static unsigned int driver_of_level[LEVELS]; /* whose grants a level has */
static volatile int relaunched[KVMPL_PROCESSORS_MAX];

static void step(enum kvmpl_step step, const struct kvmpl_request *request) {
  trace_access(vcpu_info()->trace, step, request->driver, request->access, request->gpa, request->length, request->data,
               0);
}

/* What a level needs for an access. What may be written or executed may be read. */
static unsigned int permissions_for(unsigned int access) {
  switch (access) {
    case KVMPL_ACCESS_WRITE: return RMP_READ | RMP_WRITE;
    case KVMPL_ACCESS_READ: return RMP_READ;
    default: return RMP_READ | RMP_EXECUTE_USER | RMP_EXECUTE_SUPERVISOR;
  }
}

static unsigned long validate(struct kvmpl_request *request) {
  unsigned long page = request->gpa & -(unsigned long)KVMPL_PAGE_SIZE;
  unsigned long result = policy_judge(request);
  if (result != SVSM_SUCCESS) return result;
  if (request->driver == 0) return KVMPL_ERR_NO_DRIVER;
  result = permissions_check(request);
  if (result != SVSM_SUCCESS) return result;

  if (!grants_have_room(page)) return KVMPL_ERR_MAP_FULL;
  unsigned int owned = ownership_of(ownership, page);
  result = ownership_designate(ownership, page, page + KVMPL_PAGE_SIZE, request->driver);
  if (result != SVSM_SUCCESS) return result;
  step(KVMPL_STEP_DESIGNATE, request);

  step(KVMPL_STEP_ADJUST, request);
  result = grants_open(page, request->vmpl, permissions_for(request->access));
  if (result == SVSM_SUCCESS)
    request->owner = request->driver;
  else if (!owned)
    ownership_withdraw(ownership, page, page + KVMPL_PAGE_SIZE);
  return result;
}

/* The verdict, with an error code if it is no. */
static unsigned long judge(struct kvmpl_request *request) {
  unsigned long result = translations_check(request);
  if (result == SVSM_SUCCESS) result = permissions_are_all(request) ? permissions_check(request) : validate(request);
  if (result != SVSM_SUCCESS) step(KVMPL_STEP_ERROR, request);
  return result;
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
  unsigned long result = SVSM_SUCCESS;
  for (unsigned long i = 0; i < ownership->count; i++) {
    const struct kvmpl_ownership *entry = &ownership->entries[i];
    if (entry->driver == driver && grants_close_range(entry->start, entry->end) != SVSM_SUCCESS)
      result = KVMPL_ERR_NOT_GRANTED;
  }
  if (result == SVSM_SUCCESS) ownership_release(ownership, driver);
  return result;
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

int level_interrupt(struct interrupt_frame *frame) {
  if (frame->vector != KVMPL_VECTOR_RELAUNCH) return page_not_validated(frame);
  struct kvmpl_boot_info *info = vcpu_info();
  relaunched[info->processor] = 1;
  step(KVMPL_STEP_EXIT2, info->request);
  ghcb_run_vmpl(info->request->vmpl); /* comes back with the next request */
  return 1;
}

/* The verdict goes out by way of an interrupt, whose handler makes the second exit. */
static void answer_by_interrupt(struct kvmpl_boot_info *info) {
  step(KVMPL_STEP_IRQ, info->request);
  relaunched[info->processor] = 0;
  ghcb_event(info->ghcb, GHCB_NAE_HV_IPI, APIC_ICR_SHORTHAND_SELF | KVMPL_VECTOR_RELAUNCH, 0);
  while (!relaunched[info->processor]) __asm__ volatile("pause");
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *info) {
  struct kvmpl_request *request = info->request;
  interrupts_install();
  ghcb_register(info->ghcb);
  svsm_note(info);
  enable_interrupts();
  if (request->kind == KVMPL_REQUEST_NONE) { /* launched first: nobody else has run yet */
    translations_note();
    ghcb_run_vmpl(request->vmpl); /* ready; comes back with a request */
  }
  for (;;) {
    switch (request->kind) {
      case KVMPL_REQUEST_VALIDATE:
        lock_take(&tables);
        request->result = judge(request);
        lock_release(&tables);
        request->pending = 0;
        answer_by_interrupt(info);
        break;
      case KVMPL_REQUEST_ASSOCIATE:
        lock_take(&tables);
        request->result = associate(request);
        lock_release(&tables);
        request->pending = 0;
        ghcb_run_vmpl(request->vmpl);
        break;
      case KVMPL_REQUEST_CALL:
        lock_take(&tables);
        svsm_serve(info, request, judge);
        lock_release(&tables);
        request->result = request->rax;
        request->pending = 0;
        answer_by_interrupt(info);
        break;
      case KVMPL_REQUEST_DISSOCIATE:
        lock_take(&tables);
        request->result = dissociate(request);
        lock_release(&tables);
        request->pending = 0;
        ghcb_run_vmpl(request->vmpl);
        break;
      default:
        request->result = SVSM_ERR_INVALID_REQUEST;
        request->pending = 0;
        ghcb_run_vmpl(request->vmpl);
    }
  }
}
