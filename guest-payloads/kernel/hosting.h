/* SPDX-License-Identifier: Apache-2.0
 * Drivers that run at CPL 3, each in an address space of its own. They are at VMPL1 as the others are: what they do
 * to kernel memory is caught and judged. What they want of the guest kernel they get by system calls, and it passes
 * interrupts to them. */
#ifndef HOSTING_H
#define HOSTING_H

#include "kvmpl/abi.h"

/* Before a hosted driver starts: completes its vCPU request. */
void hosting_prepare(struct kvmpl_boot_info *info, struct kvmpl_driver *driver, struct vmsa *vmsa);

#endif
