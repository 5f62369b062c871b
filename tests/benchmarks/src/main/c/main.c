/* SPDX-License-Identifier: Apache-2.0
 * The measure for Java: a VMM in C that makes the same system calls in the same order with the same guests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "one_exit.h"

/* Prints the nanoseconds of each run, one a line. */
static void full_round_trips(const struct payloads *payloads, unsigned long gpa, unsigned long pages, int runs) {
  int kvm = kvm_open();
  for (int i = 0; i < runs; i++) {
    struct machine machine;
    machine_create(&machine, kvm, payloads, gpa, pages);
    long start = now_ns();
    machine_run(&machine);
    printf("%ld\n", now_ns() - start);
    if (machine.driver->status != 0 || machine.slots.granted_end != gpa + pages * KVMPL_PAGE_SIZE) {
      fprintf(stderr, "not every page was granted\n");
      exit(1);
    }
    machine_destroy(&machine);
  }
  close(kvm);
}

int main(int argc, char **argv) {
  if (argc == 5 && strcmp(argv[1], "one-exit") == 0) {
    one_exit(atol(argv[2]), atol(argv[3]), atoi(argv[4]));
    return 0;
  }
  if (argc == 8 && strcmp(argv[1], "full-round-trip") == 0) {
    struct payloads payloads = {
        .kernel = payload_read(argv[2]), .validator = payload_read(argv[3]), .driver = payload_read(argv[4])};
    full_round_trips(&payloads, strtoul(argv[5], NULL, 0), strtoul(argv[6], NULL, 0), atoi(argv[7]));
    return 0;
  }
  fprintf(stderr,
          "usage: peer one-exit WARMUP_MS MEASURED_MS TIMES\n"
          "       peer full-round-trip KERNEL VALIDATOR DRIVER GPA PAGES RUNS\n");
  return 2;
}
