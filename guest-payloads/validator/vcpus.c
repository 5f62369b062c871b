/* SPDX-License-Identifier: Apache-2.0 */
#include "vcpus.h"

#include "kvmpl/cpu.h"
#include "reach.h"

#define LEVELS 4
#define KERNEL_VMPL 1
#define VCPUS_MAX (KVMPL_PROCESSORS_MAX * LEVELS) /* one a level of a processor: there is always room */
#define LARGE_PAGE 0x200000UL
#define AREA_SIZE sizeof(struct svsm_calling_area)

/* Who has arranged something: the driver that a level has, 0 for the guest kernel. */
struct party {
  unsigned int vmpl, driver;
};

/* Where a vCPU has been told to announce its calls, 0 for where it was at first. A driver on the guest kernel's vCPU
 * may choose another place than the kernel, which finds its own again. */
static struct areas {
  unsigned long first, kernels, drivers;
  unsigned int driver; /* whose choice that is */
} areas[KVMPL_PROCESSORS_MAX][LEVELS];

/* vCPUs that CREATE_VCPU has accepted. */
static struct vcpu {
  unsigned long vmsa, area;
  unsigned int apic_id, vmpl;
  struct party by;
} vcpus[VCPUS_MAX];
static unsigned int vcpu_count;

static unsigned int driver_of_level[LEVELS];

static int is_area(unsigned int vmpl, unsigned long gpa) {
  return gpa % AREA_SIZE == 0 && reach_is_own(vmpl, gpa, AREA_SIZE);
}

/* What VMPL0 writes there, the level could have written. */
static int is_usable_area(unsigned int vmpl, unsigned long gpa) {
  return is_area(vmpl, gpa) && reach_may_use(vmpl, gpa, AREA_SIZE);
}

static unsigned long created_area(unsigned long apic_id, unsigned int vmpl) {
  for (unsigned int i = 0; i < vcpu_count; i++)
    if (vcpus[i].apic_id == apic_id && vcpus[i].vmpl == vmpl) return vcpus[i].area;
  return 0;
}

static unsigned long area_of(unsigned long processor, unsigned int vmpl) {
  unsigned long area = areas[processor][vmpl].drivers;
  if (!area) area = created_area(processor, vmpl);
  if (!area) area = areas[processor][vmpl].kernels;
  return area ? area : areas[processor][vmpl].first;
}

void vcpus_note(const struct kvmpl_boot_info *info) {
  for (unsigned int vmpl = 0; vmpl < LEVELS; vmpl++)
    areas[info->processor][vmpl].first = (unsigned long)info->calling_areas[vmpl];
}

int vcpus_take_call(const struct kvmpl_boot_info *info, const struct kvmpl_request *request) {
  unsigned long area = area_of(info->processor, request->vmpl);
  return is_usable_area(request->vmpl, area) &&
         __atomic_exchange_n(&((struct svsm_calling_area *)area)->call_pending, 0, __ATOMIC_ACQ_REL) == 1;
}

unsigned long vcpus_remap_area(const struct kvmpl_boot_info *info, const struct kvmpl_request *request) {
  if (!is_usable_area(request->vmpl, request->rcx)) return SVSM_ERR_INVALID_ADDRESS;
  if (request->driver == 0) {
    areas[info->processor][request->vmpl].kernels = request->rcx;
  } else {
    areas[info->processor][request->vmpl].drivers = request->rcx;
    areas[info->processor][request->vmpl].driver = request->driver;
  }
  return SVSM_SUCCESS;
}

/* The VMSA bit of a page, with what its level may do with it left as it is. */
static unsigned int set_vmsa(unsigned long gpa, unsigned int vmpl, int vmsa) {
  struct rmp_state now;
  unsigned int result = rmpquery(gpa, vmpl, &now);
  return result != RMP_OK ? result
                          : rmpadjust(gpa, vmpl, now.permissions | (vmsa ? RMP_VMSA >> RMP_PERMISSIONS_SHIFT : 0));
}

/* A page that a VMSA can be in: SNP has an erratum about those at the start of a large page. */
static int is_vmsa_page(unsigned int vmpl, unsigned long gpa) {
  return gpa % KVMPL_PAGE_SIZE == 0 && gpa % LARGE_PAGE != 0 && reach_may_use(vmpl, gpa, KVMPL_PAGE_SIZE);
}

/* A level that another driver has is not the caller's to arrange, except for the guest kernel. */
static int is_others(const struct kvmpl_request *request, unsigned int vmpl) {
  return request->driver != 0 && driver_of_level[vmpl] != 0 && driver_of_level[vmpl] != request->driver;
}

/* VMPL0 is going to write there for `vmpl` because the caller says so. VMPL1 has the levels below in its hands; others
 * may only name what they could write themselves. */
static int may_choose(const struct kvmpl_request *request, unsigned int vmpl, unsigned long area) {
  return is_area(vmpl, area) && (request->vmpl == KERNEL_VMPL || reach_has(request->vmpl, area, RMP_READ | RMP_WRITE));
}

unsigned long vcpus_create(const struct kvmpl_request *request) {
  unsigned long gpa = request->rcx, area = request->rdx, apic_id = (unsigned int)request->r8;
  if (!is_vmsa_page(request->vmpl, gpa)) return SVSM_ERR_INVALID_ADDRESS;
  unsigned int vmpl = ((const volatile struct vmsa *)gpa)->vmpl;
  if (vmpl < request->vmpl || vmpl >= LEVELS || apic_id >= KVMPL_PROCESSORS_MAX) return SVSM_ERR_INVALID_PARAMETER;
  if (!may_choose(request, vmpl, area)) return SVSM_ERR_INVALID_ADDRESS;
  if (is_others(request, vmpl)) return SVSM_ERR_INVALID_REQUEST;
  for (unsigned int i = 0; i < vcpu_count; i++)
    if (vcpus[i].vmsa == gpa || (vcpus[i].apic_id == apic_id && vcpus[i].vmpl == vmpl)) return SVSM_ERR_INVALID_REQUEST;
  if (set_vmsa(gpa, request->vmpl, 1) != RMP_OK) return SVSM_ERR_INVALID_ADDRESS;
  vcpus[vcpu_count++] = (struct vcpu){gpa, area, (unsigned int)apic_id, vmpl, {request->vmpl, request->driver}};
  return SVSM_SUCCESS;
}

static void forget(struct vcpu *vcpu) {
  set_vmsa(vcpu->vmsa, vcpu->by.vmpl, 0);
  *vcpu = vcpus[--vcpu_count];
}

/* Whoever has created it, and the guest kernel. */
static int may_delete(const struct kvmpl_request *request, const struct vcpu *vcpu) {
  return request->driver == 0 || (vcpu->by.vmpl == request->vmpl && vcpu->by.driver == request->driver);
}

unsigned long vcpus_delete(const struct kvmpl_request *request) {
  for (unsigned int i = 0; i < vcpu_count; i++)
    if (vcpus[i].vmsa == request->rcx && may_delete(request, &vcpus[i])) {
      forget(&vcpus[i]);
      return SVSM_SUCCESS;
    }
  return SVSM_ERR_INVALID_PARAMETER;
}

static int is_in(unsigned long gpa, unsigned long start, unsigned long end) { return gpa >= start && gpa < end; }

static int is_area_in(const struct areas *of, unsigned long start, unsigned long end) {
  return is_in(of->first, start, end) || is_in(of->kernels, start, end) || is_in(of->drivers, start, end);
}

int vcpus_need(unsigned long start, unsigned long end) {
  for (unsigned int i = 0; i < vcpu_count; i++)
    if (is_in(vcpus[i].vmsa, start, end) || is_in(vcpus[i].area, start, end)) return 1;
  for (unsigned int processor = 0; processor < KVMPL_PROCESSORS_MAX; processor++)
    for (unsigned int vmpl = 0; vmpl < LEVELS; vmpl++)
      if (is_area_in(&areas[processor][vmpl], start, end)) return 1;
  return 0;
}

unsigned int vcpus_driver(unsigned int vmpl) { return driver_of_level[vmpl]; }

void vcpus_start(unsigned long processor, unsigned int vmpl, unsigned int driver) {
  areas[processor][vmpl].drivers = 0;
  driver_of_level[vmpl] = driver;
}

void vcpus_end(unsigned int vmpl, unsigned int driver) {
  for (unsigned int i = 0; i < KVMPL_PROCESSORS_MAX; i++)
    if (areas[i][vmpl].driver == driver) areas[i][vmpl].drivers = 0;
  for (unsigned int i = vcpu_count; i > 0; i--)
    if (vcpus[i - 1].by.vmpl == vmpl && vcpus[i - 1].by.driver == driver) forget(&vcpus[i - 1]);
  if (driver_of_level[vmpl] == driver) driver_of_level[vmpl] = 0;
}
