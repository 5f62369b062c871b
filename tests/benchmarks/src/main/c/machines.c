/* SPDX-License-Identifier: Apache-2.0 */
#include "machines.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SKIPPED 8 /* as MachineBenchmark has it: the first grants cut memory */

static void check(const struct machine *machine, unsigned long end) {
  if (machine->driver->status == 0 && machine->slots.granted_end == end && machine->driver_state == NOBODY) return;
  fprintf(stderr, "not every page was granted\n");
  exit(1);
}

/* Nanoseconds from its creation to its end. */
static long one(int kvm, const struct payloads *payloads, unsigned long gpa, unsigned long pages, enum hand_over how) {
  struct machine machine;
  long created = now_ns();
  machine_create(&machine, kvm, payloads, gpa, pages);
  machine_run(&machine, how);
  check(&machine, gpa + pages * KVMPL_PAGE_SIZE);
  machine_destroy(&machine);
  return now_ns() - created;
}

void machines(const struct payloads *payloads, unsigned long gpa, unsigned long pages, int runs) {
  int kvm = kvm_open();
  for (int i = 0; i < runs; i++) printf("%ld\n", one(kvm, payloads, gpa, pages, THREADS));
  close(kvm);
}

void machine_calls(const struct payloads *payloads, unsigned long gpa, unsigned long pages, enum hand_over how) {
  int kvm = kvm_open();
  print_calls();
  one(kvm, payloads, gpa, pages, how);
  close(kvm);
}

void full_round_trips(const struct payloads *payloads, unsigned long gpa, unsigned long pages, enum hand_over how) {
  int kvm = kvm_open();
  struct machine machine;
  machine_create(&machine, kvm, payloads, gpa, pages);
  machine_run(&machine, how);
  check(&machine, gpa + pages * KVMPL_PAGE_SIZE);
  for (unsigned long i = SKIPPED; i < machine.trip_count; i++) printf("%ld\n", machine.trips[i]);
  machine_destroy(&machine);
  close(kvm);
}
