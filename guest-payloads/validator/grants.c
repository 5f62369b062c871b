/* SPDX-License-Identifier: Apache-2.0 */
#include "grants.h"

#include "kvmpl/cpu.h"

#define GRANTS_MAX 65536
#define ANY_LEVEL (-1)
#define LEVELS 4

struct grant {
  unsigned int page; /* its number: what fits 32 bits reaches 16 TiB */
  unsigned char level;
  unsigned char before; /* what the level had, and gets back */
};

static unsigned int count;
static struct grant grants[GRANTS_MAX];

int grants_have_room(void) { return count < GRANTS_MAX; }

unsigned long grants_open(unsigned long page, unsigned int level, unsigned int more) {
  struct rmp_state now;
  /* Asked for here, under the lock: another vCPU of the level may have been granted something since the exit. */
  if (rmpquery(page, level, &now) != RMP_OK) return KVMPL_ERR_NOT_GRANTED;
  unsigned int result = rmpadjust(page, level, now.permissions | more);
  if (result != RMP_OK) return result == KVMPL_RMP_FAIL_NO_ROOM ? KVMPL_ERR_MAP_FULL : KVMPL_ERR_NOT_GRANTED;
  grants[count++] =
      (struct grant){(unsigned int)(page / KVMPL_PAGE_SIZE), (unsigned char)level, (unsigned char)now.permissions};
  return SVSM_SUCCESS;
}

static int is_of(const struct grant *grant, int level, unsigned long start, unsigned long end) {
  unsigned long page = (unsigned long)grant->page * KVMPL_PAGE_SIZE;
  return (level == ANY_LEVEL || grant->level == level) && page >= start && page < end;
}

static int has_grant(unsigned int page, unsigned int level) {
  for (unsigned int i = 0; i < count; i++)
    if (grants[i].page == page && grants[i].level == level) return 1;
  return 0;
}

/* A level may pass on what it has itself to those below it; with the grant that goes too. */
static unsigned int close_one(const struct grant *grant) {
  unsigned long page = (unsigned long)grant->page * KVMPL_PAGE_SIZE;
  for (unsigned int level = grant->level + 1u; level < LEVELS; level++) {
    struct rmp_state now;
    if (rmpquery(page, level, &now) != RMP_OK) continue;
    if (now.permissions & ~(unsigned int)grant->before && !has_grant(grant->page, level))
      rmpadjust(page, level, grant->before);
  }
  return rmpadjust(page, grant->level, grant->before);
}

/* Newest first, so that a page that was opened further gets back what it had in the beginning. */
static unsigned long close(int level, unsigned long start, unsigned long end) {
  for (unsigned int i = count; i > 0; i--) {
    const struct grant *grant = &grants[i - 1];
    if (is_of(grant, level, start, end) && close_one(grant) != RMP_OK) return KVMPL_ERR_NOT_GRANTED;
  }
  unsigned int kept = 0;
  for (unsigned int i = 0; i < count; i++)
    if (!is_of(&grants[i], level, start, end)) grants[kept++] = grants[i];
  count = kept;
  return SVSM_SUCCESS;
}

unsigned long grants_close_all(unsigned int level) { return close((int)level, 0, -1UL); }

unsigned long grants_close_range(unsigned long start, unsigned long end) { return close(ANY_LEVEL, start, end); }
