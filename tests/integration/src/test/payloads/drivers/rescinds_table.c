/* SPDX-License-Identifier: Apache-2.0
 * Has a page rescinded, and makes it a page table of its own, in a part of the address space that it does not use. Then
 * stores 8 bytes. Arguments: a page for the list, the page, where to store. Its status is the store's result. */
#include "kvmpl/driver.h"
#include "kvmpl/svsm.h"

#define UNUSED_ENTRY 5
#define PRESENT_WRITABLE 3UL

unsigned long driver_main(struct kvmpl_driver *self) {
  struct svsm_pvalidate_list *list = (struct svsm_pvalidate_list *)self->arguments[0];
  list->count = 1;
  list->entries[0] = self->arguments[1];
  struct svsm_call call = {.rax = SVSM_CORE_PVALIDATE, .rcx = (unsigned long)list};
  unsigned long refused = svsm_call(self->ghcb, vcpu_info()->calling_area, &call);
  ((volatile unsigned long *)read_cr3())[UNUSED_ENTRY] = self->arguments[1] | PRESENT_WRITABLE;
  return refused ? refused : kvmpl_store(self, self->arguments[2], 8, 1);
}
