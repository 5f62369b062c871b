/* SPDX-License-Identifier: Apache-2.0 */
#include "kvmpl/interrupts.h"

#include "kvmpl/ghcb.h"

/* A long-mode interrupt gate [APM 2, 4.8.4], as the two words that it is stored as. */
struct gate {
  unsigned long low, high;
};
#define GATE_SELECTOR_SHIFT 16
#define GATE_IST_SHIFT 32
#define GATE_TYPE_SHIFT 40
#define GATE_OFFSET_16_SHIFT 48

#define SELECTOR_CODE 0x08UL      /* the GDT is the VMM's: null, code, data, TSS */
#define GATE_PRESENT_INTERRUPT 0x8eUL
#define GATE_FOR_CPL_3 0x60UL
#define CS_RPL 3UL
#define STUB_SIZE 16
#define OWN_STACK 1UL /* of those in the TSS: where a refused access has its stack, nothing could be pushed */
#define OWN_STACK_BYTES 0x3000
#define FIRST_INTERRUPT 32 /* below are exceptions */

extern const unsigned char vector_stubs[];

/* Of all vCPUs that run this image. One that starts comes to it while others use it, so a gate that is there stays as it is:
 * it may have been taken by somebody else than the stubs. */
static volatile struct gate idt[KVMPL_VECTORS] __attribute__((aligned(16)));

void interrupts_take(unsigned int vector, const void *handler) {
  unsigned long entry = (unsigned long)handler;
  unsigned long ist = vector == VECTOR_GP ? OWN_STACK : 0;
  unsigned long type = GATE_PRESENT_INTERRUPT | (vector == KVMPL_VECTOR_SYSTEM_CALL ? GATE_FOR_CPL_3 : 0);
  idt[vector].high = entry >> 32;
  idt[vector].low = (entry & 0xffff) | SELECTOR_CODE << GATE_SELECTOR_SHIFT | ist << GATE_IST_SHIFT |
                    type << GATE_TYPE_SHIFT | (entry >> 16 & 0xffff) << GATE_OFFSET_16_SHIFT;
}

void interrupts_install(void) {
  for (unsigned int vector = 0; vector < KVMPL_VECTORS; vector++)
    if (!idt[vector].low) interrupts_take(vector, vector_stubs + vector * STUB_SIZE);
  struct __attribute__((packed)) {
    unsigned short limit;
    unsigned long base;
  } idtr = {sizeof idt - 1, (unsigned long)idt};
  __asm__ volatile("lidt %0" : : "m"(idtr));
}

/* The handler itself, on the stack of its own, has been refused something: it can only say so. */
static int is_nested(const struct interrupt_frame *frame) {
  return (unsigned long)(frame + 1) - frame->rsp < OWN_STACK_BYTES;
}

/* An access that the driver is ready to be refused, in driver.h: go on behind it, with an error. One that is not ready
 * has come to its end. */
static int refused_access(struct interrupt_frame *frame) {
  struct kvmpl_driver *driver = vcpu_info()->driver;
  if (!driver) return 0;
  if (!driver->fixup_rip) {
    if (frame->vector != VECTOR_GP || frame->error != KVMPL_GP_REFUSED || is_nested(frame)) return 0;
    driver->status = driver->ghcb->rax;
    ghcb_give_back(driver);
    return 0;
  }
  frame->rip = driver->fixup_rip;
  frame->rsp = driver->fixup_rsp;
  driver->fixup_rip = 0;
  if (driver->ghcb->rax == SVSM_SUCCESS) driver->ghcb->rax = SVSM_ERR_INVALID_ADDRESS;
  return 1;
}

__attribute__((weak)) int user_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0; /* only the guest kernel has code at CPL 3 */
}

/* The driver's own function, wherever its vCPU's handlers are: the guest kernel's, if it has lent its vCPU. */
static int driver_handles(struct interrupt_frame *frame) {
  const struct kvmpl_driver *driver = vcpu_info()->driver;
  return driver && driver->on_fault && !driver->cpl && frame->vector < FIRST_INTERRUPT &&
         ((int (*)(struct interrupt_frame *))driver->on_fault)(frame);
}

__attribute__((used)) void interrupt(struct interrupt_frame *frame) {
  if (frame->cs & CS_RPL && user_interrupt(frame)) return;
  if (frame->vector == VECTOR_UD && rmp_forward(frame)) return;
  if (level_interrupt(frame)) return;
  if ((frame->vector == VECTOR_UD || frame->vector == VECTOR_GP || frame->vector == VECTOR_PF) &&
      refused_access(frame))
    return;
  if (driver_handles(frame)) return;
  struct kvmpl_panic *panic = &vcpu_info()->panic;
  panic->vector = frame->vector;
  panic->error = frame->error;
  panic->rip = frame->rip;
  panic->cr2 = read_cr2();
  ghcb_terminate(KVMPL_TERMINATE_PANIC);
}
