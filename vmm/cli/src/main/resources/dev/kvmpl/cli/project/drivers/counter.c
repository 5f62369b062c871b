/* A driver: counts in kernel memory, one cell a page, and stops at the first refusal.
 * Arguments: the first cell's address, how many cells. Its status is the number of cells written. */
#include "kvmpl/driver.h"

unsigned long driver_main(struct kvmpl_driver *self) {
  unsigned long first = self->arguments[0];
  unsigned long cells = self->arguments[1];
  kvmpl_assert(self->argument_count == 2);
  for (unsigned long i = 0; i < cells; i++) {
    unsigned long refused = kvmpl_store(self, first + i * KVMPL_PAGE_SIZE, 8, i + 1);
    if (refused != SVSM_SUCCESS) {
      kvmpl_printf("cell %lu: refused with %#lx\n", i, refused);
      return i;
    }
  }
  return cells;
}
