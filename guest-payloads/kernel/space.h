/* SPDX-License-Identifier: Apache-2.0
 * The address space of a hosted driver. Virtual is physical there too; what differs is who may go where. */
#ifndef SPACE_H
#define SPACE_H

#include "kvmpl/abi.h"

/* Makes the driver's address space in place of the one before, and returns what CR3 has to be. At CPL 3 there is
 * kernel memory, where VMPL1's permissions and the validator decide, and of the level's own memory what is the
 * driver's: image, stack, trace ring. The rest of the level's memory is there for the guest kernel alone. */
unsigned long space_make(const struct kvmpl_boot_info *info, const struct kvmpl_driver *driver);

#endif
