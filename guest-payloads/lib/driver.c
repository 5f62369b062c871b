/* SPDX-License-Identifier: Apache-2.0 */
#include "kvmpl/driver.h"

#include "kvmpl/interrupts.h"

static struct kvmpl_driver *hosted; /* the driver at CPL 3, which has no vcpu_info */

void kvmpl_on_fault(int (*function)(struct interrupt_frame *frame)) {
  if (!hosted) vcpu_info()->driver->on_fault = (unsigned long)function;
}

__attribute__((weak)) int level_interrupt(struct interrupt_frame *frame) {
  (void)frame;
  return 0; /* a driver with a vCPU of its own that wants what nobody else has a use for has a function of this name */
}

static void print_at(const char *format, va_list arguments) {
  kvmpl_vprint(hosted->console, hosted->id, 0, format, arguments);
}

/* A driver's: as lib/console.c's, but at CPL 3 too. */
void kvmpl_printf(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (hosted)
    print_at(format, arguments);
  else
    kvmpl_console_vprint(format, arguments);
  va_end(arguments);
}

__attribute__((noreturn)) void kvmpl_panic_at(const char *file, int line, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (!hosted) kvmpl_console_vpanic(file, line, format, arguments, (unsigned long)__builtin_return_address(0) - 1);
  kvmpl_printf("panic: %s:%d: ", file, line);
  print_at(format, arguments);
  kvmpl_printf("\n");
  kvmpl_driver_exit(hosted, KVMPL_ERR_PANIC);
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
  if (self->cpl)
    hosted = self;
  else
    begin(self, vcpu_info());
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
