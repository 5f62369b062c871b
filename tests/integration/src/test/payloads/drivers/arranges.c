/* SPDX-License-Identifier: Apache-2.0
 * Arranges something with the hypervisor or with VMPL0, and ends without undoing it. Arguments: what, how it ends, two
 * pages of its level's memory that nobody else has, and one of kernel memory. Its status is what was refused. */
#include "kvmpl/driver.h"
#include "kvmpl/svsm.h"

enum { GHCB_PAGE, CALLING_AREA, VCPU, RESCINDED, INTERRUPTS, REGISTERS };
enum { GIVES_BACK, TERMINATES, LOOPS };

static unsigned long call(struct kvmpl_driver *self, unsigned long rax, unsigned long rcx, unsigned long rdx) {
  struct svsm_call call = {.rax = rax, .rcx = rcx, .rdx = rdx, .r8 = self->processor};
  return svsm_call(self->ghcb, vcpu_info()->calling_area, &call);
}

static unsigned long rescind(struct kvmpl_driver *self, struct svsm_pvalidate_list *list, unsigned long page) {
  list->count = 1;
  list->next = 0;
  list->entries[0] = page;
  return call(self, SVSM_CORE_PVALIDATE, (unsigned long)list, 0);
}

static unsigned long arrange(struct kvmpl_driver *self, unsigned long first, unsigned long second) {
  switch (self->arguments[0]) {
    case GHCB_PAGE:
      self->ghcb = (struct ghcb *)first; /* and the way back goes through it */
      return ghcb_msr_call(first | GHCB_MSR_REGISTER_GPA_REQUEST) != (first | GHCB_MSR_REGISTER_GPA_RESPONSE);
    case CALLING_AREA: return call(self, SVSM_CORE_REMAP_CA, first, 0);
    case VCPU:
      ((struct vmsa *)first)->vmpl = (unsigned char)self->level;
      return call(self, SVSM_CORE_CREATE_VCPU, first, second);
    case RESCINDED: {
      struct svsm_pvalidate_list *list = (struct svsm_pvalidate_list *)first;
      return rescind(self, list, second) | rescind(self, list, self->arguments[4]);
    }
    case INTERRUPTS: /* which it never enables */
      return ghcb_event(self->ghcb, GHCB_NAE_HV_IPI, APIC_ICR_SHORTHAND_SELF | 50, 0) |
             ghcb_event(self->ghcb, GHCB_NAE_HV_IPI, APIC_ICR_SHORTHAND_SELF | 60, 0);
    case REGISTERS: {
      struct __attribute__((packed)) {
        unsigned short limit;
        unsigned long base;
      } none = {0, 0};
      if (self->arguments[5]) /* where something is executed later */
        __asm__ volatile("mov %0, %%dr0\n\tmov %1, %%dr7" : : "r"(self->arguments[5]), "r"(0x401UL));
      __asm__ volatile("lidt %0" : : "m"(none));
      return 0;
    }
    default: return 1;
  }
}

unsigned long driver_main(struct kvmpl_driver *self) {
  self->status = arrange(self, self->arguments[2], self->arguments[3]);
  if (self->arguments[1] == TERMINATES) ghcb_terminate(KVMPL_TERMINATE_FINISHED);
  while (self->arguments[1] == LOOPS) __asm__ volatile("pause");
  return self->status;
}
