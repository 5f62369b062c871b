// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* A driver that is told where to store, by its parameters: `store` where it is mapped, `alias` by a mapping of its own. It
 * stores what is there already, so that nothing changes if it may. A thread of its own does, which an exception ends. What it
 * attempts and has done it records in the trace, if kvmpl's module is there. */
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#include "kvmpl/abi/trace.h"

extern void kvmpl_step(unsigned int step, void *address, unsigned long length, unsigned long data);
static typeof(&kvmpl_step) record;

static unsigned long address;
static bool by_alias;

static int work(void *nothing) {
  char *alias = NULL;
  volatile unsigned long *at = (unsigned long *)address;
  if (by_alias) {
    struct page *page = virt_to_page((void *)address);
    alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
    if (!alias) return -ENOMEM;
    at = (unsigned long *)(alias + offset_in_page(address));
  }
  if (record) record(KVMPL_STEP_ATTEMPT, (void *)at, sizeof(*at), *at);
  *at = *at;
  if (record) record(KVMPL_STEP_COMPLETE, (void *)at, sizeof(*at), *at);
  pr_info("net_driver: stored\n");
  if (alias) vunmap(alias);
  return 0;
}

static int set(const char *value, const struct kernel_param *parameter) {
  int error = kstrtoul(value, 0, &address);
  struct task_struct *thread;
  if (error) return error;
  by_alias = parameter->name[0] == 'a';
  thread = kthread_run(work, NULL, "net_driver");
  return IS_ERR(thread) ? PTR_ERR(thread) : 0;
}

static const struct kernel_param_ops operations = {.set = set};
module_param_cb(store, &operations, NULL, 0200);
module_param_cb(alias, &operations, NULL, 0200);

static int __init net_driver_init(void) {
  record = symbol_get(kvmpl_step);
  return 0;
}

static void __exit net_driver_exit(void) {
  if (record) symbol_put(kvmpl_step);
}

module_init(net_driver_init);
module_exit(net_driver_exit);
MODULE_DESCRIPTION("Stores where it is told");
MODULE_LICENSE("GPL");
