/* SPDX-License-Identifier: Apache-2.0
 * Printing, and giving up. What is printed is told by the run's result with time and level; a line is told when it
 * ends. What has not been told when the ring is full makes an exit for its sake, but not at CPL 3: there the oldest is
 * lost, and counted. */
#ifndef KVMPL_PRINT_H
#define KVMPL_PRINT_H

#include <stdarg.h>

#include "kvmpl/abi.h"

/* Prints to the console of the vCPU that runs this. Of printf it has %s, %c, %d, %u, %x, %p and %%, with l, a
 * width, a zero before it, and # for 0x. */
void kvmpl_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Gives up: the machine fails with this text, its file and its line. A driver at CPL 3 is no danger to others: it alone
 * ends, with the status KVMPL_ERR_PANIC, and the text is printed. */
#define kvmpl_panic(...) kvmpl_panic_at(__FILE__, __LINE__, __VA_ARGS__)
__attribute__((noreturn, cold, format(printf, 3, 4))) void kvmpl_panic_at(const char *file, int line,
                                                                          const char *format, ...);

/* Gives up unless that is so. */
#define kvmpl_assert(condition) ((condition) ? (void)0 : kvmpl_panic("not so: %s", #condition))

/* What those two are at CPL 0; `rip` is inside of the instruction that gave up. */
void kvmpl_console_vprint(const char *format, va_list arguments);
__attribute__((noreturn)) void kvmpl_console_vpanic(const char *file, int line, const char *format, va_list arguments,
                                                    unsigned long rip);

/* As kvmpl_printf, for whom `driver` is the number, 0 for none; `flush` makes an exit, or is null. */
void kvmpl_vprint(struct kvmpl_console *console, unsigned int driver, void (*flush)(void), const char *format,
                  va_list arguments);

/* Formats into `size` bytes, with a zero at the end; returns how many there are before it. */
unsigned int kvmpl_vformat(char *text, unsigned int size, const char *format, va_list arguments);

#endif
