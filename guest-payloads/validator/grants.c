/* SPDX-License-Identifier: Apache-2.0 */
#include "grants.h"

#include "kvmpl/cpu.h"

#define GRANTS_MAX 65536

struct grant {
  unsigned int page; /* its number: what fits 32 bits reaches 16 TiB */
  unsigned char level;
  unsigned char before; /* what the level had, and gets back */
};

static unsigned int count;
static struct grant grants[GRANTS_MAX];

int grants_have_room(void) { return count < GRANTS_MAX; }

unsigned long grants_open(unsigned long page, unsigned int level, unsigned int now, unsigned int more) {
  if (rmpadjust(page, level, now | more) != RMP_OK) return KVMPL_ERR_NOT_GRANTED;
  grants[count++] = (struct grant){(unsigned int)(page / KVMPL_PAGE_SIZE), (unsigned char)level, (unsigned char)now};
  return SVSM_SUCCESS;
}

/* Newest first, so that a page that was opened further gets back what it had in the beginning. */
unsigned long grants_close_all(unsigned int level) {
  unsigned int kept = 0;
  for (unsigned int i = count; i > 0; i--) {
    struct grant *grant = &grants[i - 1];
    if (grant->level != level) {
      kept++;
    } else if (rmpadjust((unsigned long)grant->page * KVMPL_PAGE_SIZE, level, grant->before) != RMP_OK) {
      return KVMPL_ERR_NOT_GRANTED;
    }
  }
  if (kept == 0) {
    count = 0;
    return SVSM_SUCCESS;
  }
  unsigned int to = 0;
  for (unsigned int i = 0; i < count; i++)
    if (grants[i].level != level) grants[to++] = grants[i];
  count = to;
  return SVSM_SUCCESS;
}
