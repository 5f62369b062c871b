/* SPDX-License-Identifier: Apache-2.0 */
#include "svsm.h"

#include "grants.h"
#include "kvmpl/cpu.h"
#include "ownership.h"
#include "pvalidate.h"
#include "vcpus.h"

static unsigned long unloaded; /* bit n: driver n + 1 is */

/* RCX: protocol and version that are asked for; out: the versions that there are, 0 for none of these. */
static unsigned long query_protocol(struct kvmpl_request *request) {
  unsigned int protocol = (unsigned int)(request->rcx >> SVSM_PROTOCOL_SHIFT), version = (unsigned int)request->rcx;
  int known = protocol == SVSM_PROTOCOL_CORE ? version == SVSM_CORE_VERSION
                                             : protocol == KVMPL_PROTOCOL && version == KVMPL_PROTOCOL_VERSION;
  request->rcx = known ? (unsigned long)version << 32 | version : 0;
  return SVSM_SUCCESS;
}

static unsigned long core(const struct kvmpl_boot_info *info, struct kvmpl_request *request) {
  switch ((unsigned int)request->rax) {
    case SVSM_CORE_REMAP_CA: return vcpus_remap_area(info, request);
    case SVSM_CORE_PVALIDATE: return pvalidate_list(request);
    case SVSM_CORE_CREATE_VCPU: return vcpus_create(request);
    case SVSM_CORE_DELETE_VCPU: return vcpus_delete(request);
    case SVSM_CORE_QUERY_PROTOCOL: return query_protocol(request);
    default: return SVSM_ERR_UNSUPPORTED_CALL;
  }
}

/* The driver and the level are the hypervisor's word; where and what is the caller's, and nothing is opened but
 * what its driver may have. */
static unsigned long validate_operation(struct kvmpl_request *request, unsigned long (*validate)(struct kvmpl_request *)) {
  if (request->rdx > KVMPL_ACCESS_EXECUTE || request->r8 == 0 || request->r8 > 8) return SVSM_ERR_INVALID_PARAMETER;
  if (request->rcx / KVMPL_PAGE_SIZE != (request->rcx + request->r8 - 1) / KVMPL_PAGE_SIZE)
    return SVSM_ERR_INVALID_ADDRESS;
  request->gpa = request->rcx;
  request->access = (unsigned int)request->rdx;
  request->length = request->r8;
  unsigned long result = validate(request);
  request->rcx = request->owner;
  return result;
}

/* Somebody who is there to have something. */
static int is_loaded(const struct kvmpl_boot_info *info, unsigned long driver) {
  return driver <= info->driver_count && !(unloaded >> (driver - 1) & 1);
}

/* A driver hands over what it owns, and keeps no grant of it. */
static unsigned long transfer(const struct kvmpl_boot_info *info, const struct kvmpl_request *request) {
  struct kvmpl_ownership_map *map = (struct kvmpl_ownership_map *)KVMPL_OWNERSHIP_GPA;
  unsigned long start = request->rcx, end = start + request->rdx;
  if (request->driver == 0 || request->r8 == 0 || request->r8 > KVMPL_DRIVERS_MAX) return SVSM_ERR_INVALID_PARAMETER;
  unsigned int from = request->driver, to = (unsigned int)request->r8;
  unsigned long result = ownership_transfer(map, start, end, from, from); /* is it all its own? */
  if (result == SVSM_SUCCESS && !is_loaded(info, to)) result = SVSM_ERR_INVALID_PARAMETER;
  if (result == SVSM_SUCCESS) result = ownership_transfer(map, start, end, from, to);
  if (result != SVSM_SUCCESS) return result;
  result = grants_close_range(start, end);
  if (result != SVSM_SUCCESS) ownership_transfer(map, start, end, to, from); /* whose it is open for */
  return result;
}

static unsigned long own(const struct kvmpl_boot_info *info, struct kvmpl_request *request,
                         unsigned long (*validate)(struct kvmpl_request *)) {
  switch ((unsigned int)request->rax) {
    case KVMPL_CALL_VALIDATE: return validate_operation(request, validate);
    case KVMPL_CALL_TRANSFER: return transfer(info, request);
    default: return SVSM_ERR_UNSUPPORTED_CALL;
  }
}

void svsm_serve(struct kvmpl_boot_info *info, struct kvmpl_request *request,
                unsigned long (*validate)(struct kvmpl_request *)) {
  if (!vcpus_take_call(info, request)) return;
  switch (request->rax >> SVSM_PROTOCOL_SHIFT) {
    case SVSM_PROTOCOL_CORE: request->rax = core(info, request); break;
    case KVMPL_PROTOCOL: request->rax = own(info, request, validate); break;
    default: request->rax = SVSM_ERR_UNSUPPORTED_PROTOCOL;
  }
}

void svsm_note(const struct kvmpl_boot_info *info) { vcpus_note(info); }

static unsigned long undo(unsigned int vmpl, unsigned int driver) {
  vcpus_end(vmpl, driver);
  return pvalidate_end(vmpl, driver);
}

unsigned long svsm_start(const struct kvmpl_boot_info *info, const struct kvmpl_request *request) {
  unsigned int before = vcpus_driver(request->vmpl);
  unsigned long result = before && before != request->driver ? undo(request->vmpl, before) : SVSM_SUCCESS;
  unloaded &= ~(1UL << (request->driver - 1));
  vcpus_start(info->processor, request->vmpl, request->driver);
  return result;
}

unsigned long svsm_end(const struct kvmpl_request *request) {
  if (request->data & KVMPL_DISSOCIATE_UNLOAD) unloaded |= 1UL << (request->driver - 1);
  return undo(request->vmpl, request->driver);
}
