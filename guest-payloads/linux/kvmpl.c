// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Tells the hypervisor of modules that come and go, and waits until it has followed: what is protected of a module is
 * closed before anybody else can have its address, and open again before its memory is freed. */
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/version.h>

#include "kvmpl/abi/agent.h"

static void tell(unsigned int what, unsigned long address, unsigned long length) {
  asm volatile("outl %0, %1" : : "a"(what), "Nd"((unsigned short)KVMPL_AGENT_PORT), "b"(address), "c"(length) : "memory");
}

static void put(struct kvmpl_module *told, int area, const void *start, unsigned long bytes) {
  if (area >= KVMPL_MODULE_AREAS || !bytes) return;
  told->areas[area].start = (unsigned long)start;
  told->areas[area].bytes = bytes;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
static void areas(struct kvmpl_module *told, const struct module *module) {
  int i;
  for (i = 0; i < MOD_MEM_NUM_TYPES; i++) put(told, i, module->mem[i].base, module->mem[i].size);
}
#else
/* In the order of the later enum: text, data, rodata, ro_after_init, then the same of what is freed. */
static void layout(struct kvmpl_module *told, int first, const struct module_layout *layout) {
  const char *base = layout->base;
  if (!base) return;
  put(told, first, base, layout->text_size);
  put(told, first == 0 ? 2 : 6, base + layout->text_size, layout->ro_size - layout->text_size);
  if (first == 0) put(told, 3, base + layout->ro_size, layout->ro_after_init_size - layout->ro_size);
  put(told, first == 0 ? 1 : 5, base + (first == 0 ? layout->ro_after_init_size : layout->ro_size),
      layout->size - (first == 0 ? layout->ro_after_init_size : layout->ro_size));
}

static void areas(struct kvmpl_module *told, const struct module *module) {
  layout(told, 0, &module->core_layout);
  layout(told, 4, &module->init_layout);
}
#endif

static void tell_module(unsigned int what, const struct module *module) {
  struct kvmpl_module told = {};
  strscpy(told.name, module->name, sizeof(told.name));
  areas(&told, module);
  tell(what, (unsigned long)&told, sizeof(told));
}

static int changed(struct notifier_block *block, unsigned long state, void *module) {
  switch (state) {
    case MODULE_STATE_COMING: tell_module(KVMPL_AGENT_COMING, module); break;
    case MODULE_STATE_LIVE: tell_module(KVMPL_AGENT_LIVE, module); break;
    case MODULE_STATE_GOING: tell_module(KVMPL_AGENT_GOING, module); break;
  }
  return NOTIFY_OK;
}

/* Before all others when a module comes, so that what they do with it is known as its. */
static struct notifier_block block = {.notifier_call = changed, .priority = INT_MAX};

static int __init kvmpl_init(void) {
  tell(KVMPL_AGENT_TASKS, offsetof(struct task_struct, comm), offsetof(struct task_struct, pid));
  return register_module_notifier(&block);
}

/* It stays: without it nobody would open what is protected before it is freed. */
module_init(kvmpl_init);

MODULE_DESCRIPTION("Tells kvmpl of modules that come and go");
MODULE_LICENSE("GPL");
