/* SPDX-License-Identifier: Apache-2.0 */
#include "kvmpl/driver.h"

#include "kvmpl/interrupts.h"

__attribute__((weak)) int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0; /* a driver that wants an exception has a function of this name */
}

/* A vCPU of the driver's own has nothing set up yet; the guest kernel's is the kernel's, lent to the driver. */
static void begin(struct kvmpl_driver *self, struct kvmpl_boot_info *vcpu) {
  vcpu->driver = self;
  if (vcpu->driver_count) return;
  interrupts_install();
  ghcb_register(self->ghcb);
}

/* Runs the driver, leaves the status, and gives the vCPU back. */
__attribute__((noreturn, used)) void kvmpl_driver(struct kvmpl_driver *self) {
  if (!self->cpl) begin(self, vcpu_info());
  kvmpl_driver_exit(self, driver_main(self));
}

__attribute__((noreturn)) void kvmpl_driver_exit(struct kvmpl_driver *self, unsigned long status) {
  if (self->cpl) kvmpl_system_call(KVMPL_SYSTEM_CALL_EXIT, status);
  self->status = status;
  for (;;) ghcb_give_back(self);
}

static void (*handler)(unsigned long vector);

/* Where the guest kernel lets the driver go on at an interrupt; nobody has called it, so it cannot return. */
static void interrupted(unsigned long vector) {
  handler(vector);
  kvmpl_system_call(KVMPL_SYSTEM_CALL_RETURN, 0);
}

void kvmpl_on_interrupt(void (*function)(unsigned long vector)) {
  handler = function;
  kvmpl_system_call(KVMPL_SYSTEM_CALL_HANDLER, (unsigned long)interrupted);
}
