// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* A driver that replaces an entry of the system call table. Linux has the table mapped read-only, so it makes itself a
 * mapping of its own that can be written, as modules that want to hide something do. */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

static unsigned long table;
module_param(table, ulong, 0);
MODULE_PARM_DESC(table, "the address of sys_call_table");

#define ENTRY 39 /* getpid */

static int __init table_writer_init(void) {
  unsigned long *entry = (unsigned long *)table + ENTRY;
  struct page *page = virt_to_page(entry);
  char *alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
  unsigned long before = *entry;
  if (!alias) return -ENOMEM;
  pr_info("table_writer: entry %d is %px, writing\n", ENTRY, (void *)before);
  *(volatile unsigned long *)(alias + offset_in_page(entry)) = (unsigned long)table_writer_init;
  vunmap(alias);
  pr_info("table_writer: entry %d is %s\n", ENTRY, *entry == before ? "as it was" : "mine now");
  return 0;
}

static void __exit table_writer_exit(void) {}

module_init(table_writer_init);
module_exit(table_writer_exit);
MODULE_DESCRIPTION("Replaces an entry of the system call table");
MODULE_LICENSE("GPL");
