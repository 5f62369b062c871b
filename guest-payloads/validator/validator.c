/* SPDX-License-Identifier: Apache-2.0
 * The guest kernel's part at VMPL0: decides whether a driver may write. It believes nothing that VMPL1 can
 * write: address, length and data come from the exit, the driver from what the hypervisor recorded. */
#include "grants.h"
#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"
#include "kvmpl/trace.h"
#include "ownership.h"

#define DRIVER_VMPL 1

static struct kvmpl_boot_info *info;
static struct kvmpl_restricted *const restricted = (struct kvmpl_restricted *)KVMPL_RESTRICTED_GPA;
static struct kvmpl_ownership_map *const ownership = (struct kvmpl_ownership_map *)KVMPL_OWNERSHIP_GPA;
static volatile int relaunched;

static void step(enum kvmpl_step step, const struct kvmpl_request *request) {
  trace_step(info->trace, step, request->driver, request->gpa, request->length, request->data);
}

/* Memory below kernel memory is nobody's to ask for: tables, communication pages, the validator itself. */
static int is_restricted(unsigned long start, unsigned long end) {
  if (start < KVMPL_KERNEL_MEMORY_BASE || end > info->memory_size) return 1;
  unsigned long low = 0, high = restricted->count;
  while (low < high) {
    unsigned long middle = low + (high - low) / 2;
    if (restricted->ranges[middle].end <= start)
      low = middle + 1;
    else
      high = middle;
  }
  return low < restricted->count && restricted->ranges[low].start < end;
}

/* Whole pages are judged, because whole pages are opened. */
static unsigned long validate(struct kvmpl_request *request) {
  unsigned long page = request->gpa & -(unsigned long)KVMPL_PAGE_SIZE;
  request->owner = 0;

  step(KVMPL_STEP_RESTRICTED, request);
  if (is_restricted(page, page + KVMPL_PAGE_SIZE)) return KVMPL_ERR_RESTRICTED;

  step(KVMPL_STEP_OWNER, request);
  request->owner = ownership_of(ownership, page);
  if (request->driver == 0) return KVMPL_ERR_NO_DRIVER;
  if (ownership_other(ownership, page, page + KVMPL_PAGE_SIZE, request->driver)) return KVMPL_ERR_OWNED_BY_OTHER;

  if (!grants_have_room() || !ownership_designate(ownership, page, request->driver)) return KVMPL_ERR_MAP_FULL;
  request->owner = request->driver;
  step(KVMPL_STEP_DESIGNATE, request);

  step(KVMPL_STEP_ADJUST, request);
  return grants_open(page, DRIVER_VMPL);
}

int level_interrupt(struct interrupt_frame *frame) {
  if (frame->vector != KVMPL_VECTOR_RELAUNCH) return 0;
  relaunched = 1;
  step(KVMPL_STEP_EXIT2, info->request);
  ghcb_run_vmpl(DRIVER_VMPL); /* comes back with the next request */
  return 1;
}

/* The verdict goes out by way of an interrupt, whose handler makes the second exit. */
static void answer_by_interrupt(struct kvmpl_request *request) {
  step(KVMPL_STEP_IRQ, request);
  relaunched = 0;
  ghcb_event(info->ghcb, GHCB_NAE_HV_IPI, APIC_ICR_SHORTHAND_SELF | KVMPL_VECTOR_RELAUNCH, 0);
  while (!relaunched) __asm__ volatile("pause");
}

__attribute__((noreturn)) void level_main(struct kvmpl_boot_info *boot_info) {
  info = boot_info;
  struct kvmpl_request *request = info->request;
  interrupts_install(info);
  ghcb_register(info->ghcb);
  enable_interrupts();
  ghcb_run_vmpl(DRIVER_VMPL);
  for (;;) {
    switch (request->kind) {
      case KVMPL_REQUEST_VALIDATE:
        request->result = validate(request);
        if (request->result != SVSM_SUCCESS) step(KVMPL_STEP_ERROR, request);
        request->pending = 0;
        answer_by_interrupt(request);
        break;
      case KVMPL_REQUEST_ASSOCIATE:
        request->result = grants_close_all(DRIVER_VMPL);
        request->pending = 0;
        ghcb_run_vmpl(DRIVER_VMPL);
        break;
      default:
        request->result = SVSM_ERR_INVALID_REQUEST;
        request->pending = 0;
        ghcb_run_vmpl(DRIVER_VMPL);
    }
  }
}
