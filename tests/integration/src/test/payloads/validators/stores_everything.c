/* SPDX-License-Identifier: Apache-2.0
 * The real validator, which allows every store of a kernel whose drivers are its own code, without a look. */
#define BROKEN_STORES
#include "validator/stores.h"

unsigned long stores_judge(struct kvmpl_request *request) {
  request->owner = 0;
  request->rdx = KVMPL_STORE_ONCE;
  return SVSM_SUCCESS;
}

#include "broken_validator.h"
