/* SPDX-License-Identifier: Apache-2.0
 * What a driver at CPL 3 asks the guest kernel for. */
#ifndef KVMPL_SYSTEM_CALL_H
#define KVMPL_SYSTEM_CALL_H

#include "kvmpl/abi.h"

/* Of KVMPL_CALL_...; returns the answer. */
static inline unsigned long kvmpl_system_call(unsigned long number, unsigned long argument) {
  unsigned long answer;
  __asm__ volatile("int %[vector]"
                   : "=a"(answer)
                   : [vector] "i"(KVMPL_VECTOR_SYSTEM_CALL), "0"(number), "D"(argument)
                   : "memory");
  return answer;
}

#endif
