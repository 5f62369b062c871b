/* SPDX-License-Identifier: Apache-2.0 */
#include "space.h"

#include "paging.h"

#define KERNELS (PRESENT | WRITABLE)
#define DRIVERS (PRESENT | WRITABLE | USER)
#define DIRECTORIES 3 /* of 1 GiB each: memory ends at 3 GiB */
#define LEVEL_TABLES (KVMPL_VMPL1_END / LARGE_PAGE)

static unsigned long root[ENTRIES] __attribute__((aligned(KVMPL_PAGE_SIZE)));
static unsigned long pointers[ENTRIES] __attribute__((aligned(KVMPL_PAGE_SIZE)));
static unsigned long directories[DIRECTORIES * ENTRIES] __attribute__((aligned(KVMPL_PAGE_SIZE)));
static unsigned long level_pages[LEVEL_TABLES * ENTRIES] __attribute__((aligned(KVMPL_PAGE_SIZE)));

static void give(unsigned long start, unsigned long end) {
  for (unsigned long at = start & -(unsigned long)KVMPL_PAGE_SIZE; at < end; at += KVMPL_PAGE_SIZE)
    level_pages[at / KVMPL_PAGE_SIZE] |= USER;
}

unsigned long space_make(const struct kvmpl_boot_info *info, const struct kvmpl_driver *driver) {
  root[0] = (unsigned long)pointers | DRIVERS;
  for (unsigned long i = 0; i < DIRECTORIES; i++) pointers[i] = (unsigned long)&directories[i * ENTRIES] | DRIVERS;
  for (unsigned long i = 0; i < LEVEL_TABLES; i++) directories[i] = (unsigned long)&level_pages[i * ENTRIES] | DRIVERS;
  for (unsigned long at = KVMPL_VMPL1_BASE; at < KVMPL_VMPL1_END; at += KVMPL_PAGE_SIZE)
    level_pages[at / KVMPL_PAGE_SIZE] = at | KERNELS;
  for (unsigned long at = KVMPL_KERNEL_MEMORY_BASE; at < info->memory_size; at += LARGE_PAGE)
    directories[at / LARGE_PAGE] = at | DRIVERS | LARGE;
  give(driver->image, driver->stack);
  give((unsigned long)driver->trace, (unsigned long)(driver->trace + 1));
  return (unsigned long)root;
}
