/* SPDX-License-Identifier: Apache-2.0
 * The real validator, which opens a page of what is closed first of all in a Linux guest, too. */
#define BROKEN_GRANTS
#include "validator/grants.c"

static unsigned long grants_open_two(unsigned long page, unsigned int level, unsigned int more) {
  const struct kvmpl_store_policy *policy = (const struct kvmpl_store_policy *)KVMPL_STORE_POLICY_GPA;
  grants_open(policy->areas[0].end - KVMPL_PAGE_SIZE, level, more);
  return grants_open(page, level, more);
}

#define grants_open grants_open_two
#include "broken_validator.h"
