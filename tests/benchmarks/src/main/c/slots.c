/* SPDX-License-Identifier: Apache-2.0
 * In the order, and with the numbers, that dev.kvmpl.enforcement.SlotTable comes to. */
#include "machine.h"

enum { LOW, BELOW, FIRST_FREE }; /* slot numbers at the start */

static void create(struct machine *machine, unsigned int slot, unsigned long start, unsigned long end, int read_only) {
  slot_set(machine->levels[FIRST].vm, slot, start, end - start, machine->memory + start, read_only);
}

static void delete(struct machine *machine, unsigned int slot) {
  slot_set(machine->levels[FIRST].vm, slot, 0, 0, 0, 0);
}

void slots_create(struct machine *machine, int level) {
  if (level == SECOND) {
    slot_set(machine->levels[SECOND].vm, LOW, 0, machine->size, machine->memory, 0);
    return;
  }
  create(machine, LOW, KVMPL_VMPL1_BASE, KVMPL_VMPL1_END, 0);
  create(machine, BELOW, KVMPL_TABLES_BASE, machine->size, 1);
  machine->slots = (struct slots){.above = BELOW, .next = FIRST_FREE};
}

/* What is above the page is cut in two, and the page gets a slot of its own; the number that is free is taken first. */
void slots_grant(struct machine *machine, unsigned long page) {
  struct slots *slots = &machine->slots;
  unsigned int granted = slots->above;
  delete(machine, slots->above);
  if (slots->next == FIRST_FREE) {
    create(machine, BELOW, KVMPL_TABLES_BASE, page, 1);
    granted = slots->next++;
    slots->granted_start = page;
  }
  slots->above = slots->next++;
  create(machine, granted, page, page + KVMPL_PAGE_SIZE, 0);
  slots->granted_end = page + KVMPL_PAGE_SIZE;
  create(machine, slots->above, slots->granted_end, machine->size, 1);
}

/* The slots beside the page become one; the number that was freed last is taken first. */
void slots_revoke(struct machine *machine, unsigned long page) {
  struct slots *slots = &machine->slots;
  int first = page == slots->granted_start;
  if (first) delete(machine, BELOW);
  delete(machine, FIRST_FREE + (unsigned int)((page - slots->granted_start) / KVMPL_PAGE_SIZE));
  delete(machine, slots->above);
  create(machine, slots->above, first ? KVMPL_TABLES_BASE : page, machine->size, 1);
}
