/* SPDX-License-Identifier: Apache-2.0
 * What lower levels have arranged with VMPL0 for their vCPUs: where each announces its SVSM calls, and which pages may
 * serve as VMSAs. What a driver has arranged ends with it. */
#ifndef VCPUS_H
#define VCPUS_H

#include "kvmpl/abi.h"

/* A processor's VMPL0 starts: where the lower levels announce their calls there as long as they choose no other place. */
void vcpus_note(const struct kvmpl_boot_info *info);

/* Takes the announcement of a call out of the calling area of the vCPU that asks: whether there was one. */
int vcpus_take_call(const struct kvmpl_boot_info *info, const struct kvmpl_request *request);

/* The calls REMAP_CA, CREATE_VCPU and DELETE_VCPU. */
unsigned long vcpus_remap_area(const struct kvmpl_boot_info *info, const struct kvmpl_request *request);
unsigned long vcpus_create(const struct kvmpl_request *request);
unsigned long vcpus_delete(const struct kvmpl_request *request);

/* Whether a VMSA or a calling area is in [start, end). */
int vcpus_need(unsigned long start, unsigned long end);

/* The driver that has the level, 0 if none has. */
unsigned int vcpus_driver(unsigned int vmpl);

/* A driver starts on a vCPU: where the one before announced its calls there is nothing to it. */
void vcpus_start(unsigned long processor, unsigned int vmpl, unsigned int driver);

/* The driver has no vCPU of the level any more. */
void vcpus_end(unsigned int vmpl, unsigned int driver);

#endif
