/* SPDX-License-Identifier: Apache-2.0
 * How the guest kernel detects that a driver attempts what its level prohibits: detection reflect and fault. */
#ifndef DETECT_H
#define DETECT_H

#include "kvmpl/abi.h"

/* Before a driver starts: everything that the one before was granted is to be detected again. */
void detect_reset(const struct kvmpl_boot_info *info);

#endif
