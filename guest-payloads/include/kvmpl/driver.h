/* SPDX-License-Identifier: Apache-2.0
 * What a driver is written with. A driver is one C file with a driver_main; it may also store to memory
 * without these functions: they only add the trace and hand back the error code.
 */
#ifndef KVMPL_DRIVER_H
#define KVMPL_DRIVER_H

#include "kvmpl/ghcb.h"
#include "kvmpl/interrupts.h"
#include "kvmpl/print.h"
#include "kvmpl/system_call.h"
#include "kvmpl/trace.h"

/* The driver's own code; what it returns is its status in the run's result, 0 for success. */
unsigned long driver_main(struct kvmpl_driver *self);

/* Ends the driver before driver_main returns. */
__attribute__((noreturn)) void kvmpl_driver_exit(struct kvmpl_driver *self, unsigned long status);

/* Has `function` called at each exception of the driver's that nobody else deals with, with its registers, which it may
 * change: 1 goes on with them, 0 gives up. At CPL 0 only: at CPL 3 the guest kernel ends the driver. What was refused
 * and guarded, as kvmpl_store's is, does not come here. */
void kvmpl_on_fault(int (*function)(struct interrupt_frame *frame));

/* Has `function` called at each interrupt that the guest kernel passes, between any two instructions. At CPL 3 only. */
void kvmpl_on_interrupt(void (*function)(unsigned long vector));

/* Forgets the result of the operation before. A refusal leaves its code in the GHCB page; an operation that
 * nobody had to judge leaves no trace there at all. */
static inline void kvmpl_clear_result(struct kvmpl_driver *self) {
  if (self->cpl)
    kvmpl_system_call(KVMPL_SYSTEM_CALL_RESULT, 0);
  else
    *(volatile unsigned long *)&self->ghcb->rax = SVSM_SUCCESS;
}

/* SVSM_SUCCESS, or why the operation since kvmpl_clear_result was refused. To be asked once. */
static inline unsigned long kvmpl_result(struct kvmpl_driver *self) {
  return self->cpl ? kvmpl_system_call(KVMPL_SYSTEM_CALL_RESULT, 0) : *(volatile unsigned long *)&self->ghcb->rax;
}

/* One instruction that may be refused by an exception: it then goes on behind it. Leaves the instruction's
 * address in `rip`. */
#define KVMPL_GUARDED(self, rip, instruction, outputs, inputs, ...)                                          \
  __asm__ volatile("leaq 2f(%%rip), %[at]\n\tmovq %[at], %[fixup_rip]\n\tmovq %%rsp, %[fixup_rsp]\n\t"       \
                   "leaq 1f(%%rip), %[at]\n1:\t" instruction "\n2:\tmovq $0, %[fixup_rip]"                   \
                   : [at] "=&r"(rip), [fixup_rip] "=m"((self)->fixup_rip),                                   \
                     [fixup_rsp] "=m"((self)->fixup_rsp) outputs                                             \
                   : inputs                                                                                  \
                   : "memory", ##__VA_ARGS__)
#define KVMPL_COMMA ,

static inline unsigned long kvmpl_finish(struct kvmpl_driver *self, unsigned int access, unsigned long gpa,
                                         unsigned long length, unsigned long data, unsigned long rip) {
  unsigned long result = kvmpl_result(self);
  if (result == SVSM_SUCCESS) trace_access(self->trace, KVMPL_STEP_COMPLETE, self->id, access, gpa, length, data, rip);
  return result;
}

/* Stores the low `length` (1, 2, 4 or 8) bytes of `data` at `gpa`; the result is as above. */
static inline unsigned long kvmpl_store(struct kvmpl_driver *self, unsigned long gpa, unsigned long length,
                                        unsigned long data) {
  unsigned long rip = 0;
  kvmpl_clear_result(self);
  trace_access(self->trace, KVMPL_STEP_ATTEMPT, self->id, KVMPL_ACCESS_WRITE, gpa, length, data, 0);
  switch (length) {
#define KVMPL_STORE(instruction, type) \
  KVMPL_GUARDED(self, rip, instruction " %[data], (%[to])", , [data] "r"((type)data) KVMPL_COMMA [to] "r"(gpa))
    case 1: KVMPL_STORE("movb", unsigned char); break;
    case 2: KVMPL_STORE("movw", unsigned short); break;
    case 4: KVMPL_STORE("movl", unsigned int); break;
    case 8: KVMPL_STORE("movq", unsigned long); break;
    default: return SVSM_ERR_INVALID_PARAMETER;
#undef KVMPL_STORE
  }
  return kvmpl_finish(self, KVMPL_ACCESS_WRITE, gpa, length, data, rip);
}

/* Loads `length` (1, 2, 4 or 8) bytes at `gpa` into *data; 0 if it is refused. The result is as above. */
static inline unsigned long kvmpl_load(struct kvmpl_driver *self, unsigned long gpa, unsigned long length,
                                       unsigned long *data) {
  unsigned long rip = 0, value = 0;
  kvmpl_clear_result(self);
  trace_access(self->trace, KVMPL_STEP_ATTEMPT, self->id, KVMPL_ACCESS_READ, gpa, length, 0, 0);
  switch (length) {
#define KVMPL_LOAD(instruction) \
  KVMPL_GUARDED(self, rip, instruction, KVMPL_COMMA [value] "+r"(value), [from] "r"(gpa))
    case 1: KVMPL_LOAD("movzbl (%[from]), %k[value]"); break;
    case 2: KVMPL_LOAD("movzwl (%[from]), %k[value]"); break;
    case 4: KVMPL_LOAD("movl (%[from]), %k[value]"); break;
    case 8: KVMPL_LOAD("movq (%[from]), %[value]"); break;
    default: return SVSM_ERR_INVALID_PARAMETER;
#undef KVMPL_LOAD
  }
  *data = value;
  return kvmpl_finish(self, KVMPL_ACCESS_READ, gpa, length, value, rip);
}

/* Calls the code at `gpa`, which returns; the result is as above. */
static inline unsigned long kvmpl_execute(struct kvmpl_driver *self, unsigned long gpa) {
  unsigned long rip = 0, target = gpa;
  kvmpl_clear_result(self);
  trace_access(self->trace, KVMPL_STEP_ATTEMPT, self->id, KVMPL_ACCESS_EXECUTE, gpa, 1, 0, 0);
  KVMPL_GUARDED(self, rip, "call *%[target]", KVMPL_COMMA [target] "+a"(target), , "rcx", "rdx", "rsi", "rdi", "r8",
                "r9", "r10", "r11", "cc");
  return kvmpl_finish(self, KVMPL_ACCESS_EXECUTE, gpa, 1, 0, rip);
}

/* Reads `length` (1, 2 or 4) bytes from a port into *data; all ones if it is refused. The result is as above. */
static inline unsigned long kvmpl_in(struct kvmpl_driver *self, unsigned short port, unsigned long length,
                                     unsigned long *data) {
  unsigned long rip = 0, value = 0;
  kvmpl_clear_result(self);
  trace_access(self->trace, KVMPL_STEP_ATTEMPT, self->id, KVMPL_ACCESS_PORT_READ, port, length, 0, 0);
  switch (length) {
#define KVMPL_IN(instruction) KVMPL_GUARDED(self, rip, instruction, KVMPL_COMMA "+a"(value), "d"(port))
    case 1: KVMPL_IN("inb %%dx, %%al"); break;
    case 2: KVMPL_IN("inw %%dx, %%ax"); break;
    case 4: KVMPL_IN("inl %%dx, %%eax"); break;
    default: return SVSM_ERR_INVALID_PARAMETER;
#undef KVMPL_IN
  }
  *data = value;
  return kvmpl_finish(self, KVMPL_ACCESS_PORT_READ, port, length, value, rip);
}

/* Writes the low `length` (1, 2 or 4) bytes of `data` to a port; the result is as above. */
static inline unsigned long kvmpl_out(struct kvmpl_driver *self, unsigned short port, unsigned long length,
                                      unsigned long data) {
  unsigned long rip = 0;
  kvmpl_clear_result(self);
  trace_access(self->trace, KVMPL_STEP_ATTEMPT, self->id, KVMPL_ACCESS_PORT_WRITE, port, length, data, 0);
  switch (length) {
#define KVMPL_OUT(instruction) KVMPL_GUARDED(self, rip, instruction, , "a"(data) KVMPL_COMMA "d"(port))
    case 1: KVMPL_OUT("outb %%al, %%dx"); break;
    case 2: KVMPL_OUT("outw %%ax, %%dx"); break;
    case 4: KVMPL_OUT("outl %%eax, %%dx"); break;
    default: return SVSM_ERR_INVALID_PARAMETER;
#undef KVMPL_OUT
  }
  return kvmpl_finish(self, KVMPL_ACCESS_PORT_WRITE, port, length, data, rip);
}

/* Reads an MSR into *data, which stays as it is if that is refused. The result is as above. */
static inline unsigned long kvmpl_rdmsr(struct kvmpl_driver *self, unsigned int msr, unsigned long *data) {
  unsigned long rip = 0, low = 0, high = 0;
  kvmpl_clear_result(self);
  trace_access(self->trace, KVMPL_STEP_ATTEMPT, self->id, KVMPL_ACCESS_MSR_READ, msr, 8, 0, 0);
  KVMPL_GUARDED(self, rip, "rdmsr", KVMPL_COMMA "+a"(low) KVMPL_COMMA "+d"(high), "c"(msr));
  if (kvmpl_result(self) == SVSM_SUCCESS) *data = high << 32 | low;
  return kvmpl_finish(self, KVMPL_ACCESS_MSR_READ, msr, 8, high << 32 | low, rip);
}

/* Writes an MSR; the result is as above. */
static inline unsigned long kvmpl_wrmsr(struct kvmpl_driver *self, unsigned int msr, unsigned long data) {
  unsigned long rip = 0;
  kvmpl_clear_result(self);
  trace_access(self->trace, KVMPL_STEP_ATTEMPT, self->id, KVMPL_ACCESS_MSR_WRITE, msr, 8, data, 0);
  KVMPL_GUARDED(self, rip, "wrmsr", , "c"(msr) KVMPL_COMMA "a"(data) KVMPL_COMMA "d"(data >> 32));
  return kvmpl_finish(self, KVMPL_ACCESS_MSR_WRITE, msr, 8, data, rip);
}

#endif
