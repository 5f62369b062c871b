/* SPDX-License-Identifier: Apache-2.0
 * The C side of dev.kvmpl.exits.ExitDispatcher, for the one way that the benchmark takes; every other one ends
 * the program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define RMP_OPCODE_SIZE 4
#define DR6_RESET 0xffff0ff0
#define DR7_RESET 0x400

static _Noreturn void unexpected(int level, const struct kvm_run *run) {
  fprintf(stderr, "unexpected exit %u of vCPU %d\n", run->exit_reason, level);
  exit(1);
}

static void ask(struct kvmpl_request *request, unsigned int kind, unsigned int driver, const struct store *store) {
  request->kind = kind;
  request->driver = driver;
  request->vmpl = 1;
  request->access = KVMPL_ACCESS_WRITE;
  request->gpa = store->gpa;
  request->length = store->length;
  request->data = store->data;
  request->owner = 0;
  request->result = SVSM_ERR_INCOMPLETE;
  request->pending = 1;
}

/* The driver's store is an exit: VMPL0 is asked. */
static enum next caught(struct machine *machine, struct vcpu *vcpu) {
  struct store *store = &machine->store;
  store->gpa = vcpu->run->mmio.phys_addr;
  store->length = vcpu->run->mmio.len;
  store->data = 0;
  memcpy(&store->data, vcpu->run->mmio.data, store->length);
  vcpu_finish(vcpu);
  store->in_progress = 1;
  ask(machine->request, KVMPL_REQUEST_VALIDATE, machine->driver->id, store);
  return SWITCH;
}

/* RMPADJUST, with its operands in RAX and RDX; returns EAX. */
static unsigned int adjust(struct machine *machine, const struct kvm_regs *regs) {
  unsigned short *permissions = &machine->rmp->permissions[regs->rax / KVMPL_PAGE_SIZE];
  unsigned short writable = RMP_WRITE << KVMPL_RMP_LEVEL_BITS;
  if (regs->rdx >> RMP_PERMISSIONS_SHIFT & RMP_WRITE) {
    slots_grant(machine, regs->rax);
    *permissions |= writable;
  } else {
    slots_revoke(machine, regs->rax);
    *permissions &= (unsigned short)~writable;
  }
  return RMP_OK;
}

/* Where KVM would have to emulate RMPADJUST. */
static enum next not_emulated(struct machine *machine, struct level *self) {
  struct kvm_regs *regs = vcpu_regs(&self->vcpu);
  regs->rax = adjust(machine, regs);
  regs->rip += RMP_OPCODE_SIZE;
  vcpu_regs_changed(&self->vcpu);
  return RESUME;
}

/* Where the CPU raised #UD for it, and the guest forwarded it. */
static enum next forwarded(struct machine *machine, struct level *self) {
  struct kvm_run *run = self->vcpu.run;
  unsigned int result = adjust(machine, vcpu_regs(&self->vcpu));
  memcpy((char *)run + run->io.data_offset, &result, sizeof result);
  return RESUME;
}

static enum next inject_pending(struct level *self) {
  struct kvm_interrupt interrupt = {.irq = self->pending_vector};
  if (interrupt.irq == 0) return RESUME;
  if (self->vcpu.run->if_flag) {
    CALL(self->vcpu.fd, KVM_INTERRUPT, &interrupt);
    self->pending_vector = 0;
  } else {
    self->vcpu.run->request_interrupt_window = 1;
  }
  return RESUME;
}

/* What the vCPU has not seen yet is not for whom it gets next, nor are its breakpoints. */
static void drop_events(struct vcpu *vcpu) {
  struct kvm_vcpu_events events;
  CALL(vcpu->fd, KVM_GET_VCPU_EVENTS, &events);
  events.exception.injected = events.interrupt.injected = 0;
  CALL(vcpu->fd, KVM_SET_VCPU_EVENTS, &events);
  struct kvm_debugregs none = {.dr6 = DR6_RESET, .dr7 = DR7_RESET};
  CALL(vcpu->fd, KVM_SET_DEBUGREGS, &none);
}

/* The driver gets the first vCPU in the guest kernel's place ... */
static void associate(struct machine *machine) {
  struct vcpu *vcpu = &machine->levels[FIRST].vcpu;
  const struct vmsa *vmsa = (const struct vmsa *)(machine->memory + machine->driver->vmsa);
  vcpu_finish(vcpu);
  machine->kernel_regs = *vcpu_regs(vcpu);
  CALL(vcpu->fd, KVM_GET_DEBUGREGS, &machine->kernel_debugregs);
  CALL(vcpu->fd, KVM_GET_SREGS, &machine->kernel_sregs);
  drop_events(vcpu);
  vcpu_start(vcpu, &(struct kvm_regs){.rip = vmsa->rip, .rsp = vmsa->rsp, .rdi = vmsa->rdi, .rflags = RFLAGS_RESERVED});
  machine->driver_state = ASSOCIATED;
}

/* ... and leaves it: VMPL0 takes back what it was granted ... */
static enum next leave(struct machine *machine) {
  struct vcpu *vcpu = &machine->levels[FIRST].vcpu;
  vcpu_finish(vcpu);
  drop_events(vcpu);
  machine->driver_state = LEAVING;
  ask(machine->request, KVMPL_REQUEST_DISSOCIATE, machine->driver->id, &(struct store){0});
  return SWITCH;
}

/* ... before the kernel goes on. */
static void come_home(struct machine *machine) {
  struct vcpu *vcpu = &machine->levels[FIRST].vcpu;
  CALL(vcpu->fd, KVM_SET_SREGS, &machine->kernel_sregs);
  CALL(vcpu->fd, KVM_SET_DEBUGREGS, &machine->kernel_debugregs);
  vcpu_start(vcpu, &machine->kernel_regs);
  machine->driver_state = NOBODY;
}

static enum next event(struct machine *machine, struct level *self, struct ghcb *ghcb) {
  unsigned long info = ghcb->sw_exitinfo1;
  ghcb->sw_exitinfo1 = GHCB_RESULT_OK;
  ghcb->sw_exitinfo2 = 0;
  if (ghcb->sw_exitcode == GHCB_NAE_HV_IPI) {
    self->pending_vector = info & APIC_ICR_VECTOR_MASK;
    return inject_pending(self);
  }
  if (machine->driver_state == ASSOCIATED) return leave(machine);
  machine->driver_state = ASSOCIATING;
  ask(machine->request, KVMPL_REQUEST_ASSOCIATE, machine->driver->id, &(struct store){0});
  return SWITCH;
}

/* VMPL0 has answered. */
static enum next run_vmpl(struct machine *machine, struct level *self) {
  self->msr_answer = GHCB_MSR_RUN_VMPL_RESPONSE;
  if (machine->driver_state == ASSOCIATING) {
    associate(machine);
  } else if (machine->driver_state == LEAVING) {
    come_home(machine);
  } else if (machine->store.in_progress) {
    struct store *store = &machine->store;
    store->in_progress = 0;
    if (machine->request->result == SVSM_SUCCESS) memcpy(machine->memory + store->gpa, &store->data, store->length);
    long now = now_ns();
    if (machine->back) machine->trips[machine->trip_count++] = now - machine->back;
    machine->back = now;
  }
  return SWITCH;
}

static enum next msr_written(struct machine *machine, int level, unsigned long value) {
  struct level *self = &machine->levels[level];
  unsigned long gpa = value & ~(unsigned long)GHCB_MSR_INFO_MASK;
  switch (value & GHCB_MSR_INFO_MASK) {
    case GHCB_MSR_RUN_VMPL_REQUEST: return run_vmpl(machine, self);
    case GHCB_MSR_GPA: return event(machine, self, (struct ghcb *)(machine->memory + gpa));
    case GHCB_MSR_REGISTER_GPA_REQUEST: self->msr_answer = gpa | GHCB_MSR_REGISTER_GPA_RESPONSE; return RESUME;
    case GHCB_MSR_TERMINATE_REQUEST: return STOP;
    default: unexpected(level, self->vcpu.run);
  }
}

enum next handle(struct machine *machine, int level) {
  struct level *self = &machine->levels[level];
  struct kvm_run *run = self->vcpu.run;
  switch (run->exit_reason) {
    case KVM_EXIT_MMIO: return caught(machine, &self->vcpu);
    case KVM_EXIT_X86_WRMSR: return msr_written(machine, level, run->msr.data);
    case KVM_EXIT_X86_RDMSR:
      run->msr.data = self->msr_answer;
      run->msr.error = 0;
      return RESUME;
    case KVM_EXIT_INTERNAL_ERROR: return not_emulated(machine, self);
    case KVM_EXIT_IO: return forwarded(machine, self);
    case KVM_EXIT_IRQ_WINDOW_OPEN:
      run->request_interrupt_window = 0;
      return inject_pending(self);
    default: unexpected(level, run);
  }
}
