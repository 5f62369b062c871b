/* SPDX-License-Identifier: Apache-2.0
 * The stores of a kernel whose drivers are its own code, by the store policy. */
#ifndef STORES_H
#define STORES_H

#include "kvmpl/abi.h"

/* Decides about a KVMPL_REQUEST_STORE, and opens the page if that is the answer: SVSM_SUCCESS, or why it is refused. */
unsigned long stores_judge(struct kvmpl_request *request);

#endif
