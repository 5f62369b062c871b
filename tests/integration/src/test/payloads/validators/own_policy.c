/* SPDX-License-Identifier: Apache-2.0
 * A validator as users write one: refuses data above 1000 with a code of its own. */
#include "kvmpl/validator.h"

static unsigned long asked;

unsigned long validator_main(struct kvmpl_question *question) {
  kvmpl_printf("question %lu of level %u\n", ++asked, question->level);
  return question->data > 1000 ? KVMPL_ERR_OWN(2) : kvmpl_validator_decide(question);
}
