/* SPDX-License-Identifier: Apache-2.0
 * SVSM calls: the core protocol, and kvmpl's own for validation [SVSM 5, 6]. */
#ifndef SVSM_H
#define SVSM_H

#include "kvmpl/abi.h"

/* Serves the call in the request's registers, if its calling area announces one; the answer is there too.
 * `validate` decides about an operation that is put into the request. */
void svsm_serve(struct kvmpl_boot_info *info, struct kvmpl_request *request,
                unsigned long (*validate)(struct kvmpl_request *));

/* A processor's VMPL0 starts. */
void svsm_note(const struct kvmpl_boot_info *info);

/* A driver starts on the vCPU that the request is about. If another one has had the level and its end has not been heard
 * of yet, that is its end here: SVSM_SUCCESS, or the error. */
unsigned long svsm_start(const struct kvmpl_boot_info *info, const struct kvmpl_request *request);

/* A driver has no vCPU of the level any more: what it has arranged by calls is undone. SVSM_SUCCESS, or the error. */
unsigned long svsm_end(const struct kvmpl_request *request);

#endif
