// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Stores to one place in every way that it knows, and says what became of each: whether a byte has changed, and whether
 * memory is what the same store makes of the same bytes elsewhere. A thread of its own does, because an exception ends it:
 * a task that loads a module must not end, the kernel keeps a list of those on their stacks (idempotent_init_module). */
#include <asm/fpu/api.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

static unsigned long target;
module_param(target, ulong, 0); /* 64-byte aligned, with 512 bytes in its page */
static int how;
module_param(how, int, 0);      /* 0 where it is, 1 by a mapping of its own, 2 with CR0.WP off */
static int first, last = 999;
module_param(first, int, 0);
module_param(last, int, 0);

#define WINDOW 512
#define X86_CR0_WRITE_PROTECT (1ul << 16)

static char before[WINDOW], plain[WINDOW] __aligned(64), source[WINDOW] __aligned(64);

#define KINDS(K)                                                                                         \
  K(movb, "movb $0x5a, (%0)")                                                                            \
  K(movw, "movw $0x5a5b, (%0)")                                                                          \
  K(movl, "movl $0x5a5b5c5d, (%0)")                                                                      \
  K(movq, "mov %1, (%0)")                                                                                \
  K(movq_8, "mov %1, 8(%0)")                                                                             \
  K(movq_unaligned, "mov %1, 3(%0)")                                                                     \
  K(movnti, "movnti %1, (%0)")                                                                           \
  K(add, "addq $7, (%0)")                                                                                \
  K(sub, "subl $7, (%0)")                                                                                \
  K(or, "orq $0x55, (%0)")                                                                               \
  K(and, "andb $0x0f, (%0)")                                                                             \
  K(xor, "xorw $0x1234, (%0)")                                                                           \
  K(not, "notq (%0)")                                                                                    \
  K(neg, "negl (%0)")                                                                                    \
  K(inc, "incq (%0)")                                                                                    \
  K(shl, "shlq $3, (%0)")                                                                                \
  K(bts, "btsq $5, (%0)")                                                                                \
  K(setc, "stc; setc (%0)")                                                                              \
  K(lock_inc, "lock incq (%0)")                                                                          \
  K(lock_xadd, "mov %1, %%rax; lock xaddq %%rax, (%0)")                                                  \
  K(xchg, "mov %1, %%rax; xchgq %%rax, (%0)")                                                            \
  K(cmpxchg, "mov (%0), %%rax; mov %1, %%rdx; lock cmpxchgq %%rdx, (%0)")                                \
  K(cmpxchg8b, "mov (%0), %%eax; mov 4(%0), %%edx; mov $1, %%ebx; mov $2, %%ecx; lock cmpxchg8b (%0)")   \
  K(stosb, "mov %0, %%rdi; mov $0x5a, %%eax; stosb")                                                     \
  K(stosq, "mov %0, %%rdi; mov %1, %%rax; stosq")                                                        \
  K(movsq, "mov %0, %%rdi; mov %2, %%rsi; movsq")                                                        \
  K(rep_stosb, "mov %0, %%rdi; mov $0x5a, %%eax; mov $9, %%ecx; rep stosb")                              \
  K(rep_movsb, "mov %0, %%rdi; mov %2, %%rsi; mov $16, %%ecx; rep movsb")                                \
  K(rep_movsq, "mov %0, %%rdi; mov %2, %%rsi; mov $4, %%ecx; rep movsq")                                 \
  K(movups, "movups (%2), %%xmm0; movups %%xmm0, 1(%0)")                                                 \
  K(movaps, "movaps (%2), %%xmm0; movaps %%xmm0, (%0)")                                                  \
  K(movdqu, "movdqu (%2), %%xmm0; movdqu %%xmm0, (%0)")                                                  \
  K(movntdq, "movdqa (%2), %%xmm0; movntdq %%xmm0, (%0)")                                                \
  K(movq_xmm, "movq %1, %%xmm0; movq %%xmm0, (%0)")                                                      \
  K(movd_xmm, "movq %1, %%xmm0; movd %%xmm0, (%0)")                                                      \
  K(fstpl, "fldl (%2); fstpl (%0)")                                                                      \
  K(fistl, "fld1; fistpl (%0)")                                                                          \
  K(fnstcw, "fnstcw (%0)")                                                                               \
  K(stmxcsr, "stmxcsr (%0)")                                                                             \
  K(fxsave, "fxsave (%0)")                                                                               \
  K(smsw, "smsw (%0)")

static void execute(int kind, char *at) {
  unsigned long value = 0x1122334455667788;
  int number = 0;
#define CASE(name, code)                                                                                           \
  if (kind == number++) {                                                                                          \
    kernel_fpu_begin();                                                                                            \
    asm volatile("fninit; " code : : "r"(at), "r"(value), "r"(source)                                              \
                 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "memory", "cc");                                      \
    kernel_fpu_end();                                                                                              \
  }
  KINDS(CASE)
}

#define NAME(name, code) #name,
static const char *const names[] = {KINDS(NAME)};

static void put(int kind, char *at) {
  unsigned long cr0;
  if (how != 2) {
    execute(kind, at);
    return;
  }
  preempt_disable();
  asm volatile("mov %%cr0, %0" : "=r"(cr0));
  asm volatile("mov %0, %%cr0" : : "r"(cr0 & ~X86_CR0_WRITE_PROTECT) : "memory");
  execute(kind, at);
  asm volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
  preempt_enable();
}

static DECLARE_COMPLETION(started);

static int store_all(void *nothing) {
  char *at = (char *)target, *alias = NULL;
  int kind, changed = 0, inexact = 0;
  complete(&started);
  if (how == 1) {
    struct page *page = virt_to_page(at);
    alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
    if (!alias) return -ENOMEM;
    at = alias + offset_in_page(target);
  }
  for (kind = 0; kind < WINDOW; kind++) source[kind] = (char)(kind * 3 + 1);
  for (kind = first; kind < (int)ARRAY_SIZE(names) && kind <= last; kind++) {
    memcpy(before, at, WINDOW);
    memcpy(plain, at, WINDOW);
    execute(kind, plain);
    put(kind, at);
    if (memcmp(at, before, WINDOW)) changed++;
    if (memcmp(at, plain, WINDOW) && memcmp(at, before, WINDOW)) {
      inexact++;
      pr_info("storer: %s is not what a CPU stores\n", names[kind]);
    }
  }
  pr_info("storer: kinds %d changed %d inexact %d\n", kind - first, changed, inexact);
  if (alias) vunmap(alias);
  return 0;
}

/* Waits for the thread's end, whichever. */
static int __init storer_init(void) {
  struct task_struct *thread = kthread_create(store_all, NULL, "storer");
  if (IS_ERR(thread)) return PTR_ERR(thread);
  get_task_struct(thread);
  wake_up_process(thread);
  wait_for_completion(&started); /* one that has not is not started any more by what follows */
  kthread_stop(thread);
  put_task_struct(thread);
  return 0;
}

static void __exit storer_exit(void) {}

module_init(storer_init);
module_exit(storer_exit);
MODULE_DESCRIPTION("Stores in every way that it knows");
MODULE_LICENSE("GPL");
