// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* What of the guest kernel knows of kvmpl. It tells the hypervisor of modules that come and go, and waits until it has
 * followed: what is protected of a module is closed before anybody else can have its address, and open again before its memory
 * is freed. It assigns each its level before it runs. It detects what modules attempt, if the hypervisor lets it. */
#include <asm/processor.h>
#include <linux/io.h>
#include <linux/kdebug.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/version.h>

#include "kvmpl/abi/agent.h"
#include "kvmpl/abi/trace.h"

#define PROCESSORS 4
#define LEVEL 1 /* of Linux, and of all that runs in it */

static struct kvmpl_trace_ring *rings[PROCESSORS]; /* by APIC ids; NULL: nobody wants to know */

/* What comes back in RBX. */
static unsigned long ask(unsigned int what, unsigned long value, unsigned long length) {
  asm volatile("outl %1, %2" : "+b"(value) : "a"(what), "Nd"((unsigned short)KVMPL_AGENT_PORT), "c"(length) : "memory");
  return value;
}

static void tell(unsigned int what, unsigned long address, unsigned long length) { ask(what, address, length); }

/* Records a step in the ring of this processor. */
static void record(unsigned int step, unsigned int module, unsigned long gpa, unsigned long length, unsigned long data,
                   unsigned long rip) {
  unsigned long flags;
  unsigned int processor;
  struct kvmpl_trace_ring *ring;
  struct kvmpl_trace_record *record;
  local_irq_save(flags);
  processor = cpuid_ebx(1) >> 24;
  ring = processor < PROCESSORS ? rings[processor] : NULL;
  if (ring && READ_ONCE(ring->enabled)) {
    record = &ring->records[ring->head % KVMPL_TRACE_CAPACITY];
    record->step = step;
    record->driver = module;
    record->gpa = gpa;
    record->length = length;
    record->data = data;
    record->rip = rip;
    record->access = 0; /* KVMPL_ACCESS_WRITE */
    record->tsc = rdtsc();
    barrier();
    ring->head++; /* which says that the record is there */
  }
  local_irq_restore(flags);
}

/* What a driver records of itself: KVMPL_STEP_ATTEMPT before it stores `data` at a virtual address, KVMPL_STEP_COMPLETE after
 * that. The hypervisor has the module's number by the return address: nobody records in another's name. */
void kvmpl_step(unsigned int step, void *address, unsigned long length, unsigned long data);
noinline void kvmpl_step(unsigned int step, void *address, unsigned long length, unsigned long data) {
  unsigned int module;
  if (!rings[0] || !READ_ONCE(rings[0]->enabled)) return;
  module = (unsigned int)ask(KVMPL_AGENT_WHO, (unsigned long)__builtin_return_address(0), 0);
  if (module) record(step, module, slow_virt_to_phys(address), length, data, 0);
}
EXPORT_SYMBOL_GPL(kvmpl_step);

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

static unsigned long tell_module(unsigned int what, const struct module *module) {
  struct kvmpl_module told = {};
  strscpy(told.name, module->name, sizeof(told.name));
  areas(&told, module);
  return ask(what, (unsigned long)&told, sizeof(told));
}

/* Before anything of a module runs: it is assigned its level, and not started if the hypervisor does not give it that. */
static int assign(const struct module *module) {
  unsigned int number = (unsigned int)tell_module(KVMPL_AGENT_COMING, module);
  record(KVMPL_STEP_ASSIGN, number, 0, 0, LEVEL, 0);
  record(KVMPL_STEP_REQUEST, number, 0, 0, LEVEL, 0);
  return ask(KVMPL_AGENT_ASSOCIATE, number, LEVEL) == 1 ? NOTIFY_OK : notifier_from_errno(-EPERM);
}

static int changed(struct notifier_block *block, unsigned long state, void *module) {
  switch (state) {
    case MODULE_STATE_COMING: return assign(module);
    case MODULE_STATE_LIVE: tell_module(KVMPL_AGENT_LIVE, module); break;
    case MODULE_STATE_GOING: tell_module(KVMPL_AGENT_GOING, module); break;
  }
  return NOTIFY_OK;
}

/* Before all others when a module comes, so that what they do with it is known as its. */
static struct notifier_block block = {.notifier_call = changed, .priority = INT_MAX};

/* A general protection exception of the kernel's own may be a store that a module has attempted, which the hypervisor has
 * not let through: then this is where it is detected, and the exit is made because of which VMPL0 judges it. What is refused
 * goes the way of all such exceptions. */
static int detect(struct notifier_block *block, unsigned long event, void *data) {
  const struct die_args *args = data;
  unsigned long rip = args->regs->ip, stack = args->regs->sp, module = rip, gpa = stack, length = 0;
  if (event != DIE_GPF || user_mode(args->regs)) return NOTIFY_DONE;
  asm volatile("outl %3, %4"
               : "+b"(module), "+c"(gpa), "=d"(length)
               : "a"(KVMPL_AGENT_CAUGHT), "Nd"((unsigned short)KVMPL_AGENT_PORT)
               : "memory");
  if (!module) return NOTIFY_DONE;
  record(KVMPL_STEP_DETECT, (unsigned int)module, gpa, length, 0, rip);
  record(KVMPL_STEP_EXIT1, (unsigned int)module, gpa, length, 0, rip);
  return ask(KVMPL_AGENT_DETECTED, rip, stack) == KVMPL_DETECTED_DONE ? NOTIFY_STOP : NOTIFY_DONE;
}

static struct notifier_block detector = {.notifier_call = detect, .priority = INT_MAX};

static int __init kvmpl_init(void) {
  int error;
  unsigned int i;
  for (i = 0; i < PROCESSORS; i++)
    rings[i] = memremap(KVMPL_LINUX_TRACE_GPA + i * KVMPL_LINUX_TRACE_STRIDE, sizeof(struct kvmpl_trace_ring), MEMREMAP_WB);
  tell(KVMPL_AGENT_TASKS, offsetof(struct task_struct, comm), offsetof(struct task_struct, pid));
  error = register_module_notifier(&block);
  if (error) return error;
  error = register_die_notifier(&detector);
  if (error) {
    unregister_module_notifier(&block);
    return error;
  }
  tell(KVMPL_AGENT_DETECTS, 0, 0);
  return 0;
}

/* It stays: without it nobody would open what is protected before it is freed. */
module_init(kvmpl_init);

MODULE_DESCRIPTION("Tells kvmpl of modules that come and go, and detects what they attempt");
MODULE_LICENSE("GPL");
