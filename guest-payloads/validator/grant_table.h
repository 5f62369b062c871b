/* SPDX-License-Identifier: Apache-2.0
 * The pages that are open for drivers, each once: found by its number in constant time, and all of them in a row. */
#ifndef GRANT_TABLE_H
#define GRANT_TABLE_H

#ifndef GRANTS_MAX /* fewer in a test */
#define GRANTS_MAX 65535
#endif

/* One page. Level n has the permissions in bits 4n+3..4n of each set. */
struct grant {
  unsigned int page;      /* its number: what fits 32 bits reaches 16 TiB */
  unsigned short granted; /* what each level was granted; 0 for all of them is no grant */
  unsigned short before;  /* what the first level that was granted something and those below had before */
};

unsigned int grant_table_count(void);

/* The one in place `index`, from 0 on. */
struct grant *grant_table_at(unsigned int index);

/* The page's, null if there is none. */
struct grant *grant_table_find(unsigned int page);

/* A new one for a page that has none; there has to be room. */
struct grant *grant_table_add(unsigned int page);

/* Takes it out; the last one gets its place. */
void grant_table_remove(struct grant *grant);

#endif
