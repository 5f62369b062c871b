/* SPDX-License-Identifier: Apache-2.0
 * The real validator, which leaves one of a level's pages open. */
#define BROKEN_GRANTS
#include "validator/grants.c"

static unsigned long close_all_but_one(unsigned int level) {
  unsigned int count = grant_table_count;
  unsigned long page = count ? (unsigned long)(&GRANT_TABLE->grants[count / 2])->page * KVMPL_PAGE_SIZE : 0;
  unsigned long result = grants_close_all(level);
  if (count) rmpadjust(page, level, RMP_READ | RMP_WRITE);
  return result;
}

#define grants_close_all close_all_but_one
#include "broken_validator.h"
