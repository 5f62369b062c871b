/* SPDX-License-Identifier: Apache-2.0 */
#include "grants.h"

#include "kvmpl/cpu.h"

#define GRANTS_MAX 65536
#define PERMISSIONS_CLOSED (RMP_READ | RMP_EXECUTE_USER | RMP_EXECUTE_SUPERVISOR)

static unsigned int count;
static unsigned int pages[GRANTS_MAX]; /* page numbers: what fits 32 bits reaches 16 TiB */

int grants_have_room(void) { return count < GRANTS_MAX; }

unsigned long grants_open(unsigned long page, unsigned int level) {
  if (rmpadjust(page, level, PERMISSIONS_CLOSED | RMP_WRITE) != RMP_OK) return KVMPL_ERR_NOT_GRANTED;
  pages[count++] = (unsigned int)(page / KVMPL_PAGE_SIZE);
  return SVSM_SUCCESS;
}

unsigned long grants_close_all(unsigned int level) {
  for (; count > 0; count--)
    if (rmpadjust((unsigned long)pages[count - 1] * KVMPL_PAGE_SIZE, level, PERMISSIONS_CLOSED) != RMP_OK)
      return KVMPL_ERR_NOT_GRANTED;
  return SVSM_SUCCESS;
}
