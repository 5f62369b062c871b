/* SPDX-License-Identifier: Apache-2.0
 * The pages that are open for the drivers which have a vCPU. A permission is a level's, not a driver's: when
 * another driver gets the level, what its predecessor was granted has to be closed. To be called under the lock of
 * the tables; lower levels execute RMPADJUST on other processors meanwhile. */
#ifndef GRANTS_H
#define GRANTS_H

#include "grant_table.h"
#include "kvmpl/rmp.h"

extern unsigned int grants_open_at[]; /* how many pages each level has been granted */

/* Gives `level` the permissions `more` on a page that was granted to somebody before. */
unsigned long grants_open_again(struct grant *grant, unsigned int level, unsigned int more);

static inline unsigned long grants_refused(unsigned int code) {
  return code == KVMPL_RMP_FAIL_NO_ROOM ? KVMPL_ERR_MAP_FULL : KVMPL_ERR_NOT_GRANTED;
}

/* Whether there is room to open the page. */
static inline int grants_have_room(unsigned long page) {
  return grant_table_count < GRANTS_MAX || grant_table_find((unsigned int)(page / KVMPL_PAGE_SIZE));
}

/* Gives `level` the permissions `more` on the page: SVSM_SUCCESS, or the error. There has to be room.
 *
 * What the levels from `level` on have is noted before the grant, because what they have afterwards can come from it: a
 * level may pass on what it has. It is read here, under the lock: another vCPU of the level may have been granted something
 * since the exit. */
static inline __attribute__((always_inline)) unsigned long grants_open(unsigned long page, unsigned int level,
                                                                       unsigned int more) {
  unsigned int number = (unsigned int)(page / KVMPL_PAGE_SIZE), shift = KVMPL_RMP_LEVEL_BITS * level;
  struct grant *grant = grant_table_find(number);
  if (__builtin_expect(grant != 0, 0)) return grants_open_again(grant, level, more);
  unsigned int before = rmp_permissions(page);
  if (!before) return KVMPL_ERR_NOT_GRANTED;
  unsigned int code = rmpadjust(page, level, (before >> shift & RMP_ALL) | more);
  if (code != RMP_OK) return grants_refused(code);
  grant_table_add((struct grant){number, (unsigned short)(more << shift), (unsigned short)before});
  grants_open_at[level]++;
  return SVSM_SUCCESS;
}

/* What closes goes to the end, whatever fails on the way: SVSM_SUCCESS, or the error if anything is still open.
 *
 * Takes back everything that `level` was granted. */
unsigned long grants_close_all(unsigned int level);

/* Takes back what any level was granted in [start, end). */
unsigned long grants_close_range(unsigned long start, unsigned long end);

#endif
