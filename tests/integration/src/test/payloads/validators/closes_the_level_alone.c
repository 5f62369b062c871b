/* SPDX-License-Identifier: Apache-2.0
 * The real validator, which does not close what a level has passed on to those below it. */
#define BROKEN_GRANTS
#include "validator/grants.c"

static unsigned long close_level(unsigned int level) {
  for (unsigned int i = 0; i < grant_table_count; i++) {
    const struct grant *grant = &GRANT_TABLE->grants[i];
    if (of(grant->granted, level))
      rmpadjust((unsigned long)grant->page * KVMPL_PAGE_SIZE, level, of(grant->before, level));
  }
  return SVSM_SUCCESS;
}

#define grants_close_all close_level
#include "broken_validator.h"
