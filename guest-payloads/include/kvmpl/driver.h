/* SPDX-License-Identifier: Apache-2.0
 * What a driver is written with. A driver is one C file with a driver_main; it may also store to memory
 * without these functions: they only add the trace and hand back the error code.
 */
#ifndef KVMPL_DRIVER_H
#define KVMPL_DRIVER_H

#include "kvmpl/ghcb.h"
#include "kvmpl/trace.h"

/* The driver's own code; what it returns is its status in the run's result, 0 for success. */
unsigned long driver_main(struct kvmpl_driver *self);

/* Forgets the result of the operation before. A refusal leaves its code in the GHCB page; a store that
 * nobody had to judge leaves no trace there at all. */
static inline void kvmpl_clear_result(struct kvmpl_driver *self) {
  *(volatile unsigned long *)&self->ghcb->rax = SVSM_SUCCESS;
}

/* SVSM_SUCCESS, or why the operation since kvmpl_clear_result was refused. */
static inline unsigned long kvmpl_result(struct kvmpl_driver *self) {
  return *(volatile unsigned long *)&self->ghcb->rax;
}

/* Stores the low `length` (1, 2, 4 or 8) bytes of `data` at `gpa`; the result is as above. */
static inline unsigned long kvmpl_store(struct kvmpl_driver *self, unsigned long gpa, unsigned long length,
                                        unsigned long data) {
  kvmpl_clear_result(self);
  trace_step(self->trace, KVMPL_STEP_ATTEMPT, self->id, gpa, length, data);
  switch (length) {
    case 1: *(volatile unsigned char *)gpa = (unsigned char)data; break;
    case 2: *(volatile unsigned short *)gpa = (unsigned short)data; break;
    case 4: *(volatile unsigned int *)gpa = (unsigned int)data; break;
    case 8: *(volatile unsigned long *)gpa = data; break;
    default: return SVSM_ERR_INVALID_PARAMETER;
  }
  unsigned long result = kvmpl_result(self);
  if (result == SVSM_SUCCESS) trace_step(self->trace, KVMPL_STEP_COMPLETE, self->id, gpa, length, data);
  return result;
}

#endif
