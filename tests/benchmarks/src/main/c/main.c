/* SPDX-License-Identifier: Apache-2.0
 * The measure for Java: a VMM in C that makes the same system calls in the same order with the same guests, and one
 * that makes the fewest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "best_round_trip.h"
#include "machines.h"
#include "one_exit.h"

static struct payloads read_payloads(char **files) {
  return (struct payloads){
      .kernel = payload_read(files[0]), .validator = payload_read(files[1]), .driver = payload_read(files[2])};
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  struct payloads payloads;
  unsigned long gpa = 0, pages = 0;
  enum hand_over how = argc == 8 && strcmp(argv[7], "thread") == 0 ? THREAD : THREADS;
  if (argc >= 7) {
    payloads = read_payloads(argv + 2);
    gpa = strtoul(argv[5], NULL, 0);
    pages = strtoul(argv[6], NULL, 0);
  }
  if (argc == 3 && strcmp(what, "one-exit") == 0) {
    one_exit(atoi(argv[2]));
  } else if (argc == 4 && strcmp(what, "best-round-trip") == 0) {
    best_round_trip(strcmp(argv[2], "store") == 0 ? BEST_STORE : BEST_MPROTECT, atoi(argv[3]));
  } else if (argc == 8 && strcmp(what, "full-round-trip") == 0) {
    full_round_trips(&payloads, gpa, pages, how);
  } else if (argc == 8 && strcmp(what, "calls") == 0) {
    machine_calls(&payloads, gpa, pages, how);
  } else if (argc == 8 && strcmp(what, "machines") == 0) {
    machines(&payloads, gpa, pages, atoi(argv[7]));
  } else {
    fprintf(stderr, "usage: peer one-exit TIMES\n"
                    "       peer best-round-trip store|mprotect TIMES\n"
                    "       peer full-round-trip KERNEL VALIDATOR DRIVER GPA PAGES thread|threads\n"
                    "       peer machines KERNEL VALIDATOR DRIVER GPA PAGES RUNS\n"
                    "       peer calls KERNEL VALIDATOR DRIVER GPA PAGES thread|threads\n");
    return 2;
  }
  return 0;
}
