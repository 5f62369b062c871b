/* SPDX-License-Identifier: Apache-2.0
 * Printing and giving up at CPL 0: the console is the vCPU's, and who prints is whoever runs on it. */
#include "kvmpl/ghcb.h"
#include "kvmpl/print.h"

/* An exit that changes nothing. */
static void flush(void) { wrmsr(KVMPL_MSR_GHCB, GHCB_MSR_SEV_INFO_REQUEST); }

void kvmpl_console_vprint(const char *format, va_list arguments) {
  const struct kvmpl_boot_info *info = vcpu_info();
  kvmpl_vprint(info->console, info->driver ? info->driver->id : 0, flush, format, arguments);
}

__attribute__((weak)) void kvmpl_printf(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  kvmpl_console_vprint(format, arguments);
  va_end(arguments);
}

/* "file:line: " and the text, as far as there is room. */
__attribute__((format(printf, 3, 4))) static unsigned int append(char *to, unsigned int room, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  unsigned int length = kvmpl_vformat(to, room, format, arguments);
  va_end(arguments);
  return length;
}

__attribute__((noreturn)) void kvmpl_console_vpanic(const char *file, int line, const char *format, va_list arguments,
                                                    unsigned long rip) {
  struct kvmpl_panic *panic = &vcpu_info()->panic;
  char *text = (char *)panic->text;
  unsigned int length = append(text, KVMPL_PANIC_TEXT, "%s:%d: ", file, line);
  kvmpl_vformat(text + length, KVMPL_PANIC_TEXT - length, format, arguments);
  panic->vector = KVMPL_PANIC_CALLED;
  panic->error = 0;
  panic->rip = rip;
  panic->cr2 = 0;
  ghcb_terminate(KVMPL_TERMINATE_PANIC);
}

__attribute__((weak, noreturn)) void kvmpl_panic_at(const char *file, int line, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  kvmpl_console_vpanic(file, line, format, arguments, (unsigned long)__builtin_return_address(0) - 1);
}
