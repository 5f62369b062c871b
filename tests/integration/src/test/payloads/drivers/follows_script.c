/* SPDX-License-Identifier: Apache-2.0
 * Does what a table says, and leaves there what came of it. Arguments: the table, the number of entries. */
#include "kvmpl/driver.h"
#include "kvmpl/interrupts.h"
#include "kvmpl/svsm.h"

enum { CALL, PVALIDATE, SET_LEVEL, QUERY, ADJUST, STORE };
#define NOT_VALIDATED 0xff

struct entry {
  unsigned long kind, announced_at; /* 0 = where it was at first */
  unsigned long operands[6];
  unsigned long result, more;
};

static volatile int raised;

int level_interrupt(struct interrupt_frame *frame) {
  if (frame->vector != VECTOR_VC) return 0;
  raised = 1;
  frame->rip += RMP_OPCODE_SIZE;
  return 1;
}

static void call(struct kvmpl_driver *self, struct entry *entry, struct svsm_call registers) {
  struct svsm_calling_area *area = (struct svsm_calling_area *)entry->announced_at;
  entry->result = svsm_call(self->ghcb, area ? area : vcpu_info()->calling_area, &registers);
}

static void pvalidate_list(struct kvmpl_driver *self, struct entry *entry) {
  struct svsm_pvalidate_list *list = (struct svsm_pvalidate_list *)entry->operands[0];
  list->count = (unsigned short)entry->operands[1];
  list->next = 0;
  for (unsigned int i = 0; i < 4; i++) list->entries[i] = entry->operands[2 + i];
  call(self, entry, (struct svsm_call){.rax = SVSM_CORE_PVALIDATE, .rcx = entry->operands[0]});
  entry->more = list->next;
}

static void query(struct entry *entry, unsigned int level) {
  struct rmp_state state = {0};
  raised = 0;
  entry->result = rmpquery(entry->operands[0], level, &state);
  if (raised)
    entry->result = NOT_VALIDATED;
  else
    entry->more = state.permissions | state.vmsa << 8;
}

unsigned long driver_main(struct kvmpl_driver *self) {
  struct entry *entries = (struct entry *)self->arguments[0];
  interrupts_install(); /* on the guest kernel's vCPU it is the kernel's that are */
  for (unsigned long i = 0; i < self->arguments[1]; i++) {
    struct entry *entry = &entries[i];
    const unsigned long *o = entry->operands;
    switch (entry->kind) {
      case CALL: call(self, entry, (struct svsm_call){.rax = o[0], .rcx = o[1], .rdx = o[2], .r8 = o[3]}); break;
      case PVALIDATE: pvalidate_list(self, entry); break;
      case SET_LEVEL: ((struct vmsa *)o[0])->vmpl = (unsigned char)o[1]; break;
      case QUERY: query(entry, self->level); break;
      case ADJUST:
        raised = 0;
        entry->result = rmpadjust(o[0], (unsigned int)o[1], (unsigned int)o[2]);
        if (raised) entry->result = NOT_VALIDATED;
        break;
      default: entry->result = kvmpl_store(self, o[0], 8, o[1]);
    }
  }
  return 0;
}
