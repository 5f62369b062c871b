/* SPDX-License-Identifier: Apache-2.0
 * The pages that are open for drivers, each once: all of them in a row, and for each page where it is in that row. */
#ifndef GRANT_TABLE_H
#define GRANT_TABLE_H

#include "kvmpl/abi.h"

#ifndef GRANTS_MAX /* fewer in a test */
#define GRANTS_MAX 65535
#endif

/* One page. Level n has the permissions in bits 4n+3..4n of each set. */
struct grant {
  unsigned int page;      /* its number */
  unsigned short granted; /* what each level was granted; 0 for all of them is no grant */
  unsigned short before;  /* what the first level that was granted something and those below had before */
};

struct grant_table {
  unsigned short place[KVMPL_PAGES_MAX]; /* 1 + the index of the page's grant, 0 for none */
  struct grant grants[GRANTS_MAX];
};

#ifndef GRANT_TABLE /* elsewhere in a test */
#define GRANT_TABLE ((struct grant_table *)KVMPL_VALIDATOR_GPA)
#endif

extern unsigned int grant_table_count;

/* The page's, null if there is none. */
static inline struct grant *grant_table_find(unsigned int page) {
  unsigned int place = GRANT_TABLE->place[page];
  return place ? &GRANT_TABLE->grants[place - 1] : 0;
}

/* A new one for a page that has none; there has to be room. */
static inline void grant_table_add(struct grant grant) {
  GRANT_TABLE->grants[grant_table_count] = grant;
  GRANT_TABLE->place[grant.page] = (unsigned short)++grant_table_count;
}

/* Takes it out; the last one gets its place. */
void grant_table_remove(struct grant *grant);

#endif
