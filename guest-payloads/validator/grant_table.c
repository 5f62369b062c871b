/* SPDX-License-Identifier: Apache-2.0 */
#include "grant_table.h"

unsigned int grant_table_count;

void grant_table_remove(struct grant *grant) {
  const struct grant *last = &GRANT_TABLE->grants[--grant_table_count];
  GRANT_TABLE->place[last->page] = GRANT_TABLE->place[grant->page];
  GRANT_TABLE->place[grant->page] = 0;
  *grant = *last;
}
