/* SPDX-License-Identifier: Apache-2.0 */
#include "stores.h"

#include "grants.h"
#include "kvmpl/trace.h"
#include "ownership.h"

static const volatile struct kvmpl_store_policy *const store_policy = (struct kvmpl_store_policy *)KVMPL_STORE_POLICY_GPA;

struct store_found {
  unsigned int answer;
  unsigned int owner;
};

/* The answer for the store; the hypervisor may be changing the policy meanwhile. What is in no area is refused: it
 * would not have been caught. */
static struct store_found store_look_up(unsigned long gpa, unsigned long row) {
  struct store_found found = {KVMPL_STORE_GP, 0};
  unsigned long low = 0, high = store_policy->count;
  if (high > KVMPL_STORE_AREAS_MAX) high = KVMPL_STORE_AREAS_MAX;
  while (low < high) {
    unsigned long middle = low + (high - low) / 2;
    if (store_policy->areas[middle].end <= gpa)
      low = middle + 1;
    else
      high = middle;
  }
  if (low < KVMPL_STORE_AREAS_MAX && low < store_policy->count && store_policy->areas[low].start <= gpa) {
    found.owner = store_policy->areas[low].owner;
    if (row < KVMPL_STORE_ROWS) found.answer = store_policy->answers[store_policy->areas[low].kind % KVMPL_STORE_KINDS][row];
  }
  return found;
}

static struct store_found store_decide(unsigned long gpa, unsigned long row) {
  for (;;) {
    unsigned long generation = store_policy->generation;
    struct store_found found = store_look_up(gpa, row);
    if (!(generation & 1) && store_policy->generation == generation) return found;
    __asm__ volatile("pause");
  }
}

static void store_step(enum kvmpl_step step, const struct kvmpl_request *request) {
  trace_access(vcpu_info()->trace, step, request->driver, request->access, request->gpa, request->length, request->data,
               request->rax);
}

/* The page becomes the module's and is opened, if it is no other module's. The map has numbers for KVMPL_DRIVERS_MAX: what
 * the kernel itself and later modules are granted is nobody's. */
static unsigned long store_open(struct kvmpl_request *request, unsigned long page) {
  struct kvmpl_ownership_map *map = (struct kvmpl_ownership_map *)KVMPL_OWNERSHIP_GPA;
  unsigned int owner = ownership_of(map, page);
  int known = request->driver > 0 && request->driver <= KVMPL_DRIVERS_MAX;
  if (owner && owner != request->driver) {
    request->owner = owner;
    return KVMPL_ERR_OWNED_BY_OTHER;
  }
  if (!grants_have_room(page)) return KVMPL_ERR_MAP_FULL;
  if (known) {
    store_step(KVMPL_STEP_DESIGNATE, request);
    if (!owner) ownership_designate_page(map, page, request->driver);
  }
  store_step(KVMPL_STEP_ADJUST, request);
  unsigned long result = grants_open(page, request->vmpl, RMP_READ | RMP_WRITE);
  if (result != SVSM_SUCCESS && known && !owner) ownership_withdraw(map, page, page + KVMPL_PAGE_SIZE);
  return result;
}

unsigned long stores_judge(struct kvmpl_request *request) {
  unsigned long page = request->gpa & -(unsigned long)KVMPL_PAGE_SIZE;
  store_step(KVMPL_STEP_RESTRICTED, request);
  store_step(KVMPL_STEP_OWNER, request);
  struct store_found found = store_decide(request->gpa, request->rcx);
  request->owner = found.owner;
  request->rdx = found.answer;
  switch (found.answer) {
    case KVMPL_STORE_ONCE: return SVSM_SUCCESS;
    case KVMPL_STORE_OPEN: {
      unsigned long result = store_open(request, page);
      if (result != SVSM_SUCCESS) request->rdx = KVMPL_STORE_GP;
      return result;
    }
    default: return found.owner && found.owner != request->driver ? KVMPL_ERR_OWNED_BY_OTHER : KVMPL_ERR_RESTRICTED;
  }
}
