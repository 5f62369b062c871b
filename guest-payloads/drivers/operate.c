/* SPDX-License-Identifier: Apache-2.0
 * A driver that does what its arguments say: quadruples of access (KVMPL_ACCESS_...), address or port or MSR, length
 * in bytes, data. What it reads it compares with the data. Its status is the number of operations that were refused
 * or gave something else. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long failed = 0;
  for (unsigned long i = 0; i + 3 < self->argument_count; i += 4) {
    const unsigned long *operation = &self->arguments[i];
    unsigned long result, got = operation[3];
    switch (operation[0]) {
      case KVMPL_ACCESS_WRITE: result = kvmpl_store(self, operation[1], operation[2], operation[3]); break;
      case KVMPL_ACCESS_READ: result = kvmpl_load(self, operation[1], operation[2], &got); break;
      case KVMPL_ACCESS_EXECUTE: result = kvmpl_execute(self, operation[1]); break;
      case KVMPL_ACCESS_PORT_READ:
        result = kvmpl_in(self, (unsigned short)operation[1], operation[2], &got);
        break;
      case KVMPL_ACCESS_PORT_WRITE:
        result = kvmpl_out(self, (unsigned short)operation[1], operation[2], operation[3]);
        break;
      case KVMPL_ACCESS_MSR_READ: result = kvmpl_rdmsr(self, (unsigned int)operation[1], &got); break;
      case KVMPL_ACCESS_MSR_WRITE: result = kvmpl_wrmsr(self, (unsigned int)operation[1], operation[3]); break;
      default: result = SVSM_ERR_INVALID_PARAMETER;
    }
    if (result != SVSM_SUCCESS || got != operation[3]) failed++;
  }
  return failed;
}
