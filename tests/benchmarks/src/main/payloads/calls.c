/* SPDX-License-Identifier: Apache-2.0
 * The benchmarks' driver that calls VMPL0, as often as its argument says, and asks for a protocol's version. Its
 * status is the number of calls that failed. */
#include "kvmpl/driver.h"
#include "kvmpl/svsm.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long failed = 0;
  for (unsigned long i = 0; i < self->arguments[0]; i++) {
    struct svsm_call call = {
        .rax = (unsigned long)SVSM_PROTOCOL_CORE << SVSM_PROTOCOL_SHIFT | SVSM_CORE_QUERY_PROTOCOL,
        .rcx = (unsigned long)SVSM_PROTOCOL_CORE << SVSM_PROTOCOL_SHIFT | SVSM_CORE_VERSION};
    if (svsm_call(self->ghcb, vcpu_info()->calling_area, &call) != SVSM_SUCCESS) failed++;
  }
  return failed;
}
