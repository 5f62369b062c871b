/* SPDX-License-Identifier: Apache-2.0
 * The measure for Java: a VMM in C that makes the same system calls in the same order with the same guests, and one
 * that makes the fewest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "best_round_trip.h"
#include "machines.h"
#include "one_exit.h"

static void run_machines(char **argv, int whole) {
  struct payloads payloads = {
      .kernel = payload_read(argv[0]), .validator = payload_read(argv[1]), .driver = payload_read(argv[2])};
  machines(&payloads, strtoul(argv[3], NULL, 0), strtoul(argv[4], NULL, 0), atoi(argv[5]), whole);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (argc == 3 && strcmp(what, "one-exit") == 0) {
    one_exit(atoi(argv[2]));
  } else if (argc == 4 && strcmp(what, "best-round-trip") == 0) {
    best_round_trip(strcmp(argv[2], "store") == 0 ? BEST_STORE : BEST_MPROTECT, atoi(argv[3]));
  } else if (argc == 8 && strcmp(what, "full-round-trip") == 0) {
    run_machines(argv + 2, 0);
  } else if (argc == 8 && strcmp(what, "machines") == 0) {
    run_machines(argv + 2, 1);
  } else {
    fprintf(stderr, "usage: peer one-exit TIMES\n"
                    "       peer best-round-trip store|mprotect TIMES\n"
                    "       peer full-round-trip|machines KERNEL VALIDATOR DRIVER GPA PAGES RUNS\n");
    return 2;
  }
  return 0;
}
