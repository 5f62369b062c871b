/* A validator: decides at VMPL0 what drivers may do with kernel memory. This one lets them write small numbers only,
 * and beyond that asks kvmpl's own decision: restricted ranges, owners, codebases. */
#include "kvmpl/validator.h"

#define TOO_LARGE KVMPL_ERR_OWN(2) /* scenario.yaml has a name for it */
#define LARGEST 1000

static unsigned long questions;

unsigned long validator_main(struct kvmpl_question *question) {
  questions++;
  if (question->access == KVMPL_ACCESS_WRITE && question->data > LARGEST) {
    kvmpl_printf("question %lu: driver %u wants to write %lu\n", questions, question->driver, question->data);
    return TOO_LARGE;
  }
  return kvmpl_validator_decide(question);
}
