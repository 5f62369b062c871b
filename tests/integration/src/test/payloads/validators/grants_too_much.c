/* SPDX-License-Identifier: Apache-2.0
 * The real validator, which opens the next page too. */
#define BROKEN_GRANTS
#include "validator/grants.c"

static unsigned long grants_open_two(unsigned long page, unsigned int level, unsigned int more) {
  grants_open(page + KVMPL_PAGE_SIZE, level, more);
  return grants_open(page, level, more);
}

#define grants_open grants_open_two
#include "broken_validator.h"
