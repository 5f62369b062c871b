/* SPDX-License-Identifier: Apache-2.0
 * Another processor of interleaving.h: from the operation that started it to the one that ends it. */
#include "interleaving.h"
#include "kvmpl/svsm.h"

/* In the level's own memory, where VMPL0 reads lists. */
static struct {
  struct svsm_pvalidate_list head;
  unsigned long entry;
} list __attribute__((aligned(16)));

static unsigned long call(struct ghcb *ghcb, struct svsm_call registers) {
  return svsm_call(ghcb, vcpu_info()->calling_area, &registers);
}

static unsigned long call_vmpl0(const struct op *op, struct kvmpl_driver *self) {
  const unsigned long own = (unsigned long)KVMPL_PROTOCOL << SVSM_PROTOCOL_SHIFT;
  switch (op->kind) {
    case VALIDATE:
      return call(self->ghcb, (struct svsm_call){.rax = own | KVMPL_CALL_VALIDATE, .rcx = op->a, .rdx = op->b, .r8 = 8});
    case TRANSFER:
      return call(self->ghcb, (struct svsm_call){
                                  .rax = own | KVMPL_CALL_TRANSFER, .rcx = op->a, .rdx = KVMPL_PAGE_SIZE, .r8 = op->b});
    default:
      list.head = (struct svsm_pvalidate_list){.count = 1};
      list.entry = op->a;
      return call(self->ghcb, (struct svsm_call){.rax = SVSM_CORE_PVALIDATE, .rcx = (unsigned long)&list});
  }
}

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long passes_on = 0, i = *turn;
  done(i, 0); /* START */
  for (i++; i < PROGRAM->count; i++) {
    const struct op *op = &PROGRAM->ops[i];
    if (op->processor != self->processor) continue;
    await_turn(i, self->level, passes_on);
    switch (op->kind) {
      case PASS_ON:
        passes_on = op->a && self->level < 3;
        done(i, 0);
        break;
      case VALIDATE:
      case TRANSFER:
      case PVALIDATE: done(i, call_vmpl0(op, self)); break;
      case END: done(i, 0); return 0;
      default: done(i, carry_out(op, self));
    }
  }
  await_turn(-1UL, self->level, passes_on); /* to be taken */
  return 1;
}
