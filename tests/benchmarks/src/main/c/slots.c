/* SPDX-License-Identifier: Apache-2.0
 * In the order, and with the numbers, that dev.kvmpl.enforcement.SlotTable comes to. */
#include "machine.h"

enum { LOW, BELOW, FIRST_GRANTED, FIRST_ABOVE }; /* slot numbers at the first grant */

static void create(struct machine *machine, unsigned int slot, unsigned long start, unsigned long end, int read_only) {
  slot_set(machine->levels[FIRST].vm, slot, start, end - start, machine->memory + start, read_only);
}

static void delete(struct machine *machine, int level, unsigned int slot) {
  slot_set(machine->levels[level].vm, slot, 0, 0, 0, 0);
}

void slots_create(struct machine *machine, int level) {
  if (level == SECOND) {
    slot_set(machine->levels[SECOND].vm, LOW, 0, machine->size, machine->memory, 0);
    return;
  }
  create(machine, LOW, KVMPL_VMPL1_BASE, KVMPL_VMPL1_END, 0);
  create(machine, BELOW, KVMPL_TABLES_BASE, machine->size, 1);
  machine->slots = (struct slots){.granted_slot = FIRST_GRANTED, .above_slot = FIRST_ABOVE};
}

void slots_grant(struct machine *machine, unsigned long page) {
  struct slots *slots = &machine->slots;
  if (slots->granted_end == 0) {
    delete(machine, FIRST, BELOW);
    create(machine, BELOW, KVMPL_TABLES_BASE, page, 1);
    slots->granted_start = page;
  } else {
    delete(machine, FIRST, slots->granted_slot);
    delete(machine, FIRST, slots->above_slot);
    unsigned int released_last = slots->above_slot; /* is taken first */
    slots->above_slot = slots->granted_slot;
    slots->granted_slot = released_last;
  }
  slots->granted_end = page + KVMPL_PAGE_SIZE;
  create(machine, slots->granted_slot, slots->granted_start, slots->granted_end, 0);
  create(machine, slots->above_slot, slots->granted_end, machine->size, 1);
}

void slots_destroy(struct machine *machine, int level) {
  delete(machine, level, LOW);
  if (level == SECOND) return;
  delete(machine, level, BELOW);
  if (machine->slots.granted_end == 0) return;
  delete(machine, level, machine->slots.granted_slot);
  delete(machine, level, machine->slots.above_slot);
}
