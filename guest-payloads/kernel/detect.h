/* SPDX-License-Identifier: Apache-2.0
 * How the guest kernel detects that a driver attempts what its level prohibits: detection reflect and fault. */
#ifndef DETECT_H
#define DETECT_H

#include "kvmpl/abi.h"

/* Before a driver starts: everything that the one before was granted is to be detected again. */
void detect_reset(const struct kvmpl_boot_info *info);

/* Asks VMPL0 for an access on the driver's behalf. Leaves the result where the driver looks for it, and returns it. */
unsigned long detect_ask(const struct kvmpl_boot_info *info, unsigned int access, unsigned long address);

#endif
