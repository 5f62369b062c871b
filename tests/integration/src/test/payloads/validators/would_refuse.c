/* SPDX-License-Identifier: Apache-2.0
 * Answers what only a validator that watches may: that it would be refused, and is open. */
#include "kvmpl/validator.h"

unsigned long validator_main(struct kvmpl_question *question) {
  (void)question;
  return KVMPL_WOULD_REFUSE | KVMPL_ERR_RESTRICTED;
}
