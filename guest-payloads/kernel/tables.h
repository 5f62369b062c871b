/* SPDX-License-Identifier: Apache-2.0
 * The guest kernel's page tables, in which kernel memory is read-only with detection fault. */
#ifndef TABLES_H
#define TABLES_H

#include "kvmpl/abi.h"

/* Whether the tables are what makes the page read-only. */
int tables_protect(const struct kvmpl_boot_info *info, unsigned long page);

/* Makes the page writable. */
void tables_open(unsigned long page);

/* Makes every page that was opened read-only again. */
void tables_close(void);

#endif
