/* SPDX-License-Identifier: Apache-2.0 */
#include "hosting.h"

#include "detect.h"
#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"
#include "space.h"

#define MSR_GS_BASE 0xc0000101
#define EXCEPTIONS 32
#define RFLAGS_RESERVED 0x2
#define RFLAGS_IF 0x200
#define INT_OPCODE 0xcd
#define INT_SIZE 2
#define USER_ADDRESS_BITS 47 /* what is above is not canonical, and IRETQ would fault in the kernel */

/* The one that runs, or ran last. What it is told of itself is a copy: it can write there what it likes. */
static struct kvmpl_boot_info *host;
static struct kvmpl_driver *driver;
static struct kvmpl_driver *copy;

static unsigned long handler;            /* where it takes interrupts, 0 = nowhere */
static unsigned long asked;              /* the page that VMPL0 was last asked for on behalf of a fetch */
static int due;                          /* an interrupt has come that it has not been passed yet */
static int passed;                       /* its handler runs, */
static struct interrupt_frame suspended; /* and this is what it shall go on with then */

/* The compiler's own way of copying may be a call of memcpy, which is not there. */
static void copy_words(void *to, const void *from, unsigned long bytes) {
  for (unsigned long i = 0; i < bytes / sizeof(long); i++) ((unsigned long *)to)[i] = ((const unsigned long *)from)[i];
}

void hosting_prepare(struct kvmpl_boot_info *info, struct kvmpl_driver *hosted, struct vmsa *vmsa) {
  host = info;
  driver = hosted;
  handler = asked = 0;
  due = passed = 0;
  info->driver = 0; /* an exception at CPL 0 is none of its */
  copy = (struct kvmpl_driver *)((hosted->stack - sizeof *copy) & -16UL);
  copy_words(copy, hosted, sizeof *copy);
  copy->ghcb = 0;

  vmsa->cpl = KVMPL_CPL_HOSTED;
  vmsa->cr3 = space_make(info, hosted);
  vmsa->rsp = (unsigned long)copy;
  vmsa->rdi = (unsigned long)copy;
  vmsa->rflags |= RFLAGS_IF;
}

static __attribute__((noreturn)) void end(unsigned long status) {
  driver->status = status;
  for (;;) ghcb_give_back(driver); /* and the kernel goes on behind its request */
}

static unsigned long take_result(void) {
  unsigned long result = *(volatile unsigned long *)&host->ghcb->rax;
  host->ghcb->rax = SVSM_SUCCESS;
  return result;
}

/* At CPL 3 KVM may raise #UD for a fetch that VMPL1 prohibits, instead of an exit: so ask, and have it done anew. What
 * raises #UD in a page that has just been asked for is no instruction. */
static int fetch_is_open(const struct interrupt_frame *frame) {
  unsigned long page = frame->rip & -(unsigned long)KVMPL_PAGE_SIZE;
  if (frame->vector != VECTOR_UD || page < KVMPL_KERNEL_MEMORY_BASE || page == asked) return 0;
  asked = page;
  return detect_ask(host, KVMPL_ACCESS_EXECUTE, frame->rip) == SVSM_SUCCESS;
}

/* Goes on elsewhere in the driver, at CPL 3 as before: CS and SS are what the CPU has pushed. */
static void go_on(struct interrupt_frame *frame, unsigned long rip, unsigned long rsp) {
  if (rip >> USER_ADDRESS_BITS) end(KVMPL_ERR_EXCEPTION + VECTOR_GP);
  frame->rip = rip;
  frame->rsp = rsp;
}

static void system_call(struct interrupt_frame *frame) {
  unsigned long number = frame->rax;
  frame->rax = SVSM_SUCCESS;
  switch (number) {
    case KVMPL_SYSTEM_CALL_EXIT: end(frame->rdi); break;
    case KVMPL_SYSTEM_CALL_RESULT: frame->rax = take_result(); break;
    case KVMPL_SYSTEM_CALL_HANDLER: handler = frame->rdi; break;
    case KVMPL_SYSTEM_CALL_INTERRUPT:
      ghcb_event(host->ghcb, GHCB_NAE_HV_IPI, APIC_ICR_SHORTHAND_SELF | KVMPL_VECTOR_DEVICE, 0);
      break;
    case KVMPL_SYSTEM_CALL_RETURN:
      if (passed) copy_words(frame, &suspended, sizeof *frame);
      passed = 0;
      break;
    default: frame->rax = SVSM_ERR_UNSUPPORTED_CALL;
  }
}

/* It goes on behind the access if it is ready to be refused, in driver.h. Else this is its end. */
static void exception(struct interrupt_frame *frame) {
  if (fetch_is_open(frame)) return;
  unsigned long rip = copy->fixup_rip;
  if (!rip) end(KVMPL_ERR_EXCEPTION + frame->vector);
  copy->fixup_rip = 0;
  go_on(frame, rip, copy->fixup_rsp);
  if (host->ghcb->rax == SVSM_SUCCESS) host->ghcb->rax = SVSM_ERR_INVALID_ADDRESS;
}

/* Not in the middle of an access: its result is the driver's, not the handler's. It then comes with the system
 * call that asks for the result. The handler finds the stack as a function does that has been called. */
static void pass_interrupt(struct interrupt_frame *frame) {
  if (!due || !handler || passed || copy->fixup_rip) return;
  due = 0;
  passed = 1;
  copy_words(&suspended, frame, sizeof suspended);
  frame->rflags = RFLAGS_RESERVED | RFLAGS_IF;
  frame->rdi = KVMPL_VECTOR_DEVICE;
  go_on(frame, handler, (frame->rsp & -16UL) - sizeof(long));
}

/* Where KVM emulates INT it raises #UD for it (kvm_pvm). Only in the driver's own memory: elsewhere looking there may
 * itself be an access that is judged. */
static int is_system_call(struct interrupt_frame *frame) {
  if (frame->vector != VECTOR_UD) return frame->vector == KVMPL_VECTOR_SYSTEM_CALL;
  if (frame->rip < driver->image || frame->rip > driver->stack - INT_SIZE) return 0;
  const unsigned char *at = (const unsigned char *)frame->rip;
  if (at[0] != INT_OPCODE || at[1] != KVMPL_VECTOR_SYSTEM_CALL) return 0;
  frame->rip += INT_SIZE;
  return 1;
}

int user_interrupt(struct interrupt_frame *frame) {
  wrmsr(MSR_GS_BASE, (unsigned long)host); /* a segment register is the driver's to load */
  if (is_system_call(frame))
    system_call(frame);
  else if (frame->vector == KVMPL_VECTOR_DEVICE)
    due = 1;
  else if (frame->vector < EXCEPTIONS)
    exception(frame);
  pass_interrupt(frame);
  return 1;
}
