/* SPDX-License-Identifier: Apache-2.0
 * Writes its argument to the GHCB MSR; returns what can be read there then. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) { return ghcb_msr_call(self->arguments[0]); }
