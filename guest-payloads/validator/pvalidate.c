/* SPDX-License-Identifier: Apache-2.0 */
#include "pvalidate.h"

#include "grants.h"
#include "kvmpl/cpu.h"
#include "ownership.h"
#include "permissions.h"
#include "policy.h"
#include "reach.h"
#include "restricted.h"
#include "vcpus.h"

#define LARGE_PAGE 0x200000UL
#define RESCINDED_MAX 1024

/* The pages that drivers have had rescinded, of 4 KiB each. */
static struct rescinded {
  unsigned int page; /* its number */
  unsigned char vmpl, driver;
} rescinded[RESCINDED_MAX];
static unsigned int rescinded_count;

static unsigned int number(unsigned long gpa) { return (unsigned int)(gpa / KVMPL_PAGE_SIZE); }

static void note_rescinded(const struct kvmpl_request *request, unsigned long start, unsigned long end) {
  if (request->driver == 0) return; /* the guest kernel's pages are the guest's to do without */
  for (unsigned int page = number(start); page < number(end); page++)
    rescinded[rescinded_count++] = (struct rescinded){page, (unsigned char)request->vmpl, (unsigned char)request->driver};
}

static void note_validated(unsigned long start, unsigned long end) {
  unsigned int kept = 0;
  for (unsigned int i = 0; i < rescinded_count; i++)
    if (rescinded[i].page < number(start) || rescinded[i].page >= number(end)) rescinded[kept++] = rescinded[i];
  rescinded_count = kept;
}

/* In kernel memory it is as if the driver wrote all of the page: who decides about that, decides. */
static int may_write(const struct kvmpl_request *request, unsigned long page) {
  struct kvmpl_request write = {
      .driver = request->driver,
      .vmpl = request->vmpl,
      .access = KVMPL_ACCESS_WRITE,
      .gpa = page,
      .length = 8,
      .cr3 = request->cr3,
  };
  return policy_ask(&write) == SVSM_SUCCESS && permissions_check(&write) == SVSM_SUCCESS;
}

/* A page that the caller may have validated or rescinded: its level's, or kernel memory that is not kept from it. */
static int may_change(const struct kvmpl_request *request, unsigned long start, unsigned long end, int validate) {
  if (reach_is_own(request->vmpl, start, end - start)) return validate || !reach_is_kept_from(request->vmpl, start);
  if (request->driver == 0)
    return !is_restricted(start, end) &&
           !ownership_other((const struct kvmpl_ownership_map *)KVMPL_OWNERSHIP_GPA, start, end, request->driver);
  for (unsigned long page = start; page < end; page += KVMPL_PAGE_SIZE)
    if (is_restricted(page, page + KVMPL_PAGE_SIZE) || !may_write(request, page)) return 0;
  return 1;
}

/* What VMPL0 itself still reads or writes is not rescinded, nor what could not be validated again. */
static unsigned long prepare_to_rescind(const struct kvmpl_request *request, unsigned long start, unsigned long end) {
  int has_list = request->rcx >= start && request->rcx < end;
  if (has_list || vcpus_need(start, end)) return SVSM_ERR_INVALID_REQUEST;
  if (request->driver != 0 && rescinded_count + (number(end) - number(start)) > RESCINDED_MAX) return SVSM_ERR_BUSY;
  /* Permissions outlast a page's absence, and cannot be changed meanwhile. */
  return grants_close_range(start, end) != SVSM_SUCCESS ? SVSM_ERR_INVALID_REQUEST : SVSM_SUCCESS;
}

/* Known before anybody is asked about each of its pages. */
static int is_small(const struct kvmpl_request *request, unsigned long start) {
  struct rmp_state now;
  return rmpquery(start, request->vmpl, &now) == RMP_OK && now.page_size == RMP_PAGE_SIZE_4K;
}

static unsigned long pvalidate_entry(const struct kvmpl_request *request, unsigned long entry) {
  unsigned long size = entry & SVSM_PVALIDATE_SIZE_MASK, start = entry & -(unsigned long)KVMPL_PAGE_SIZE;
  unsigned long end = start + (size == RMP_PAGE_SIZE_2M ? LARGE_PAGE : KVMPL_PAGE_SIZE);
  int changed, validate = (entry & SVSM_PVALIDATE_VALIDATE) != 0;
  if (size > RMP_PAGE_SIZE_2M) return SVSM_ERR_INVALID_PARAMETER;
  if (size == RMP_PAGE_SIZE_2M && is_small(request, start)) return SVSM_ERR_PROTOCOL_BASE + RMP_FAIL_SIZEMISMATCH;
  if (end < start || !may_change(request, start, end, validate)) return SVSM_ERR_INVALID_ADDRESS;
  unsigned long refused = validate ? SVSM_SUCCESS : prepare_to_rescind(request, start, end);
  if (refused != SVSM_SUCCESS) return refused;
  unsigned int result = pvalidate(start, size, validate, &changed);
  if (result != RMP_OK) return SVSM_ERR_PROTOCOL_BASE + result;
  if (changed && validate) note_validated(start, end);
  if (changed && !validate) note_rescinded(request, start, end);
  return changed || entry & SVSM_PVALIDATE_IGNORE_CF ? SVSM_SUCCESS : SVSM_ERR_PVALIDATE_UNCHANGED;
}

unsigned long pvalidate_list(const struct kvmpl_request *request) {
  unsigned long gpa = request->rcx, in_page = KVMPL_PAGE_SIZE - gpa % KVMPL_PAGE_SIZE;
  if (gpa % 8 || !reach_may_use(request->vmpl, gpa, in_page)) return SVSM_ERR_INVALID_ADDRESS;
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

/* Of 2 MiB at once where all of them were; else page by page. */
static unsigned int validate_again(unsigned long gpa) {
  if (gpa % LARGE_PAGE == 0 && pvalidate(gpa, RMP_PAGE_SIZE_2M, 1, 0) == RMP_OK) return RMP_OK;
  return pvalidate(gpa, RMP_PAGE_SIZE_4K, 1, 0);
}

unsigned long pvalidate_end(unsigned int vmpl, unsigned int driver) {
  unsigned int kept = 0;
  for (unsigned int i = 0; i < rescinded_count; i++) {
    const struct rescinded page = rescinded[i];
    if (page.vmpl != vmpl || page.driver != driver)
      rescinded[kept++] = page;
    else if (validate_again((unsigned long)page.page * KVMPL_PAGE_SIZE) != RMP_OK)
      return KVMPL_ERR_NOT_GRANTED;
  }
  rescinded_count = kept;
  return SVSM_SUCCESS;
}
