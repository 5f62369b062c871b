/* SPDX-License-Identifier: Apache-2.0 */
#include "permissions.h"

static const struct kvmpl_permissions *const table = (const struct kvmpl_permissions *)KVMPL_PERMISSIONS_GPA;

/* Whether the entry comes before every one that has the driver's `access` at `at`. */
static int is_before(const struct kvmpl_permission *entry, unsigned int driver, unsigned int access, unsigned long at) {
  if (entry->driver != driver) return entry->driver < driver;
  if (entry->access != access) return entry->access < access;
  return entry->end <= at;
}

static int is_stored(unsigned int driver, unsigned int access, unsigned long start, unsigned long end) {
  unsigned long low = 0, high = table->count;
  while (low < high) {
    unsigned long middle = low + (high - low) / 2;
    if (is_before(&table->entries[middle], driver, access, start))
      low = middle + 1;
    else
      high = middle;
  }
  for (unsigned long at = start; at < end; at = table->entries[low++].end) {
    const struct kvmpl_permission *entry = &table->entries[low];
    if (low == table->count || entry->driver != driver || entry->access != access || entry->start > at) return 0;
  }
  return 1;
}

unsigned long permissions_look_up(const struct kvmpl_request *request) {
  unsigned int driver = request->driver;
  unsigned long start = request->gpa, end = start + 1; /* an MSR is one */
  if (request->access == KVMPL_ACCESS_PORT_READ || request->access == KVMPL_ACCESS_PORT_WRITE) {
    end = start + request->length; /* each byte has a port of its own */
  } else if (!permissions_are_all(request)) {
    start &= -(unsigned long)KVMPL_PAGE_SIZE; /* pages are judged, because pages are opened */
    end = start + KVMPL_PAGE_SIZE;
  }
  return is_stored(driver, request->access, start, end) ? SVSM_SUCCESS : KVMPL_ERR_NO_PERMISSION;
}
