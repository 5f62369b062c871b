/* SPDX-License-Identifier: Apache-2.0 */
#include "svsm.h"

#include "grants.h"
#include "kvmpl/rmp.h"
#include "ownership.h"
#include "restricted.h"

#define LEVELS 4
#define VCPUS_MAX 16
#define LARGE_PAGE 0x200000
#define AREA_SIZE sizeof(struct svsm_calling_area)

/* Where each vCPU announces its calls, 0 for where it was at first. */
static unsigned long calling_areas[KVMPL_PROCESSORS_MAX][LEVELS];

/* VMSAs that CREATE_VCPU has accepted. */
struct vcpu {
  unsigned long vmsa;
  unsigned int apic_id, vmpl;
};
static struct vcpu vcpus[VCPUS_MAX];
static unsigned int vcpu_count;

/* VMPL0 writes there on a level's behalf, so it has to be the level's own memory. */
static int owns(unsigned int vmpl, unsigned long gpa, unsigned long length) {
  static const struct kvmpl_range areas[LEVELS] = {
      {0, 0},
      {KVMPL_VMPL1_BASE, KVMPL_VMPL1_END},
      {KVMPL_VMPL2_BASE, KVMPL_VMPL2_END},
      {KVMPL_VMPL3_BASE, KVMPL_VMPL3_END},
  };
  return vmpl < LEVELS && gpa >= areas[vmpl].start && gpa < areas[vmpl].end && length <= areas[vmpl].end - gpa;
}

static int is_calling_area(unsigned int vmpl, unsigned long gpa) {
  return gpa % AREA_SIZE == 0 && owns(vmpl, gpa, AREA_SIZE);
}

/* Takes the announcement away: each call is served once. */
static int is_pending(const struct kvmpl_boot_info *info, const struct kvmpl_request *request) {
  unsigned long area = calling_areas[info->processor][request->vmpl];
  if (!area) area = (unsigned long)info->calling_areas[request->vmpl];
  if (!is_calling_area(request->vmpl, area)) return 0;
  return __atomic_exchange_n(&((struct svsm_calling_area *)area)->call_pending, 0, __ATOMIC_ACQ_REL) == 1;
}

static unsigned long remap_calling_area(const struct kvmpl_boot_info *info, const struct kvmpl_request *request) {
  if (!is_calling_area(request->vmpl, request->rcx)) return SVSM_ERR_INVALID_ADDRESS;
  calling_areas[info->processor][request->vmpl] = request->rcx;
  return SVSM_SUCCESS;
}

/* A page that the caller may have validated: its level's memory, or kernel memory that is not kept from it. */
static int may_validate(unsigned int vmpl, unsigned int driver, unsigned long gpa, unsigned long size) {
  if (owns(vmpl, gpa, size)) return 1;
  return !is_restricted(gpa, gpa + size) &&
         !ownership_other((const struct kvmpl_ownership_map *)KVMPL_OWNERSHIP_GPA, gpa, gpa + size, driver);
}

static unsigned long pvalidate_entry(const struct kvmpl_request *request, unsigned long entry) {
  unsigned long size = entry & SVSM_PVALIDATE_SIZE_MASK, gpa = entry & -(unsigned long)KVMPL_PAGE_SIZE;
  unsigned long end = gpa + (size == RMP_PAGE_SIZE_2M ? LARGE_PAGE : KVMPL_PAGE_SIZE);
  int changed, validate = (entry & SVSM_PVALIDATE_VALIDATE) != 0;
  if (size > RMP_PAGE_SIZE_2M) return SVSM_ERR_INVALID_PARAMETER;
  if (!may_validate(request->vmpl, request->driver, gpa, end - gpa))
    return SVSM_ERR_INVALID_ADDRESS;
  /* Permissions outlast a page's absence, and cannot be changed meanwhile. */
  if (!validate && grants_close_range(gpa, end) != SVSM_SUCCESS) return SVSM_ERR_INVALID_REQUEST;
  unsigned int result = pvalidate(gpa, size, validate, &changed);
  if (result != RMP_OK) return SVSM_ERR_PROTOCOL_BASE + result;
  return changed || entry & SVSM_PVALIDATE_IGNORE_CF ? SVSM_SUCCESS : SVSM_ERR_PVALIDATE_UNCHANGED;
}

static unsigned long pvalidate_list(const struct kvmpl_request *request) {
  unsigned long gpa = request->rcx, in_page = KVMPL_PAGE_SIZE - gpa % KVMPL_PAGE_SIZE;
  if (gpa % 8 || !owns(request->vmpl, gpa, in_page)) return SVSM_ERR_INVALID_ADDRESS;
  volatile struct svsm_pvalidate_list *list = (volatile struct svsm_pvalidate_list *)gpa;
  unsigned int count = list->count, next = list->next; /* once: the caller's other vCPUs may change them */
  if (next >= count || count > (in_page - sizeof *list) / sizeof list->entries[0]) return SVSM_ERR_INVALID_PARAMETER;
  for (; next < count; next++) {
    unsigned long result = pvalidate_entry(request, list->entries[next]);
    if (result != SVSM_SUCCESS) {
      list->next = (unsigned short)next;
      return result;
    }
  }
  list->next = (unsigned short)next;
  return SVSM_SUCCESS;
}

/* The VMSA bit of a page, with what its level may do with it left as it is. */
static unsigned int set_vmsa(unsigned long gpa, unsigned int vmpl, int vmsa) {
  struct rmp_state now;
  unsigned int result = rmpquery(gpa, vmpl, &now);
  return result != RMP_OK ? result
                          : rmpadjust(gpa, vmpl, now.permissions | (vmsa ? RMP_VMSA >> RMP_PERMISSIONS_SHIFT : 0));
}

static unsigned long create_vcpu(const struct kvmpl_request *request) {
  unsigned long gpa = request->rcx, apic_id = (unsigned int)request->r8;
  if (gpa % KVMPL_PAGE_SIZE || !owns(request->vmpl, gpa, KVMPL_PAGE_SIZE)) return SVSM_ERR_INVALID_ADDRESS;
  unsigned int vmpl = ((const volatile struct vmsa *)gpa)->vmpl;
  if (vmpl < request->vmpl || vmpl >= LEVELS || apic_id >= KVMPL_PROCESSORS_MAX) return SVSM_ERR_INVALID_PARAMETER;
  if (!is_calling_area(vmpl, request->rdx)) return SVSM_ERR_INVALID_ADDRESS;
  for (unsigned int i = 0; i < vcpu_count; i++)
    if (vcpus[i].vmsa == gpa || (vcpus[i].apic_id == apic_id && vcpus[i].vmpl == vmpl)) return SVSM_ERR_INVALID_REQUEST;
  if (vcpu_count == VCPUS_MAX) return SVSM_ERR_BUSY;
  if (set_vmsa(gpa, request->vmpl, 1) != RMP_OK) return SVSM_ERR_INVALID_ADDRESS;
  vcpus[vcpu_count++] = (struct vcpu){gpa, (unsigned int)apic_id, vmpl};
  calling_areas[apic_id][vmpl] = request->rdx;
  return SVSM_SUCCESS;
}

static unsigned long delete_vcpu(const struct kvmpl_request *request) {
  for (unsigned int i = 0; i < vcpu_count; i++)
    if (vcpus[i].vmsa == request->rcx && vcpus[i].vmpl >= request->vmpl) {
      set_vmsa(vcpus[i].vmsa, request->vmpl, 0);
      calling_areas[vcpus[i].apic_id][vcpus[i].vmpl] = 0;
      vcpus[i] = vcpus[--vcpu_count];
      return SVSM_SUCCESS;
    }
  return SVSM_ERR_INVALID_PARAMETER;
}

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
    case SVSM_CORE_REMAP_CA: return remap_calling_area(info, request);
    case SVSM_CORE_PVALIDATE: return pvalidate_list(request);
    case SVSM_CORE_CREATE_VCPU: return create_vcpu(request);
    case SVSM_CORE_DELETE_VCPU: return delete_vcpu(request);
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

/* A driver hands over what it owns, and keeps no grant of it. */
static unsigned long transfer(const struct kvmpl_request *request) {
  unsigned long start = request->rcx, end = start + request->rdx;
  if (request->driver == 0 || request->r8 == 0 || request->r8 > KVMPL_DRIVERS_MAX) return SVSM_ERR_INVALID_PARAMETER;
  unsigned long result = ownership_transfer((struct kvmpl_ownership_map *)KVMPL_OWNERSHIP_GPA, start, end,
                                            request->driver, (unsigned int)request->r8);
  return result == SVSM_SUCCESS ? grants_close_range(start, end) : result;
}

static unsigned long own(struct kvmpl_request *request, unsigned long (*validate)(struct kvmpl_request *)) {
  switch ((unsigned int)request->rax) {
    case KVMPL_CALL_VALIDATE: return validate_operation(request, validate);
    case KVMPL_CALL_TRANSFER: return transfer(request);
    default: return SVSM_ERR_UNSUPPORTED_CALL;
  }
}

void svsm_serve(struct kvmpl_boot_info *info, struct kvmpl_request *request,
                unsigned long (*validate)(struct kvmpl_request *)) {
  if (!is_pending(info, request)) return;
  switch (request->rax >> SVSM_PROTOCOL_SHIFT) {
    case SVSM_PROTOCOL_CORE: request->rax = core(info, request); break;
    case KVMPL_PROTOCOL: request->rax = own(request, validate); break;
    default: request->rax = SVSM_ERR_UNSUPPORTED_PROTOCOL;
  }
}
