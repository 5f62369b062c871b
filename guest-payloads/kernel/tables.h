/* SPDX-License-Identifier: Apache-2.0
 * The guest kernel's page tables, in which, with detection fault, kernel memory is read-only or hidden. */
#ifndef TABLES_H
#define TABLES_H

#include "kvmpl/abi.h"

/* Whether the tables are what prohibits the access, one of KVMPL_ACCESS_*, to the page. */
int tables_protect(const struct kvmpl_boot_info *info, unsigned long page, unsigned int access);

/* Lets the page be accessed so. */
void tables_open(unsigned long page, unsigned int access);

/* Takes back all that was opened. */
void tables_close(const struct kvmpl_boot_info *info);

#endif
