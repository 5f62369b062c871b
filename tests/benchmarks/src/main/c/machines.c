/* SPDX-License-Identifier: Apache-2.0 */
#include "machines.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void check(const struct machine *machine, unsigned long end) {
  if (machine->driver->status == 0 && machine->slots.granted_end == end) return;
  fprintf(stderr, "not every page was granted\n");
  exit(1);
}

void machines(const struct payloads *payloads, unsigned long gpa, unsigned long pages, int runs, int whole) {
  int kvm = kvm_open();
  for (int i = 0; i < runs; i++) {
    struct machine machine;
    long created = now_ns();
    machine_create(&machine, kvm, payloads, gpa, pages);
    long start = now_ns();
    machine_run(&machine);
    long end = now_ns();
    check(&machine, gpa + pages * KVMPL_PAGE_SIZE);
    machine_destroy(&machine);
    printf("%ld\n", whole ? now_ns() - created : end - start);
  }
  close(kvm);
}
