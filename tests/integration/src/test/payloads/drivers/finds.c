/* SPDX-License-Identifier: Apache-2.0
 * Looks for what the driver before has left on its vCPU and in its level's memory. Arguments: two pages of that, one of
 * kernel memory. Its status has a bit for each thing that it finds. */
#include "kvmpl/driver.h"
#include "kvmpl/interrupts.h"
#include "kvmpl/svsm.h"

enum { CALL_UNSEEN = 1, VMSA_BIT = 2, VCPU_KNOWN = 4, RESCINDED = 8, INTERRUPTED = 16 };

#define OWN_VECTOR 61

static volatile unsigned long found, taken;

int level_interrupt(struct interrupt_frame *frame) {
  if (frame->vector < 32) return 0;
  taken += frame->vector == OWN_VECTOR;
  if (frame->vector != OWN_VECTOR) found |= INTERRUPTED;
  return 1;
}

static unsigned int is_vmsa(unsigned long page, unsigned int level) {
  struct rmp_state state;
  return rmpquery(page, level, &state) == RMP_OK && state.vmsa ? VMSA_BIT : 0;
}

static unsigned long call(struct kvmpl_driver *self, unsigned long rax, unsigned long rcx, unsigned long rdx) {
  struct svsm_call call = {.rax = rax, .rcx = rcx, .rdx = rdx, .r8 = self->processor};
  return svsm_call(self->ghcb, vcpu_info()->calling_area, &call);
}

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long first = self->arguments[0], second = self->arguments[1];
  interrupts_install(); /* on the guest kernel's vCPU it is the kernel's that are */
  enable_interrupts();
  ghcb_event(self->ghcb, GHCB_NAE_HV_IPI, APIC_ICR_SHORTHAND_SELF | OWN_VECTOR, 0);
  while (!taken) __asm__ volatile("pause");
  for (volatile int i = 0; i < 100; i++) continue;
  disable_interrupts();
  if (call(self, SVSM_CORE_QUERY_PROTOCOL, 1, 0) != SVSM_SUCCESS) found |= CALL_UNSEEN;
  found |= is_vmsa(first, self->level) | is_vmsa(second, self->level);
  if (call(self, SVSM_CORE_DELETE_VCPU, first, 0) != SVSM_ERR_INVALID_PARAMETER) found |= VCPU_KNOWN;
  *(volatile unsigned long *)second = 0x1234;
  if (*(volatile unsigned long *)second != 0x1234) found |= RESCINDED;
  if (kvmpl_store(self, self->arguments[2], 8, 1) != SVSM_SUCCESS) found |= RESCINDED;
  return found;
}
