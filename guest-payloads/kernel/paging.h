/* SPDX-License-Identifier: Apache-2.0
 * Page tables [APM 2, 5.3 and 5.4]. */
#ifndef PAGING_H
#define PAGING_H

#define PRESENT 0x1UL
#define WRITABLE 0x2UL
#define USER 0x4UL
#define LARGE 0x80UL
#define ADDRESS 0x000ffffffffff000UL
#define LARGE_PAGE 0x200000UL
#define ENTRIES 512

static inline unsigned long *table_at(unsigned long entry) { return (unsigned long *)(entry & ADDRESS); }

#endif
