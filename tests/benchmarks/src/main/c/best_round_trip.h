/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BEST_ROUND_TRIP_H
#define BEST_ROUND_TRIP_H

/* How a page is opened that the validator has granted. */
enum best_mechanism {
  BEST_STORE,   /* it is not: the store is applied, and the next one is an exit again */
  BEST_MPROTECT /* by what the level's own mapping may be accessed for */
};

/* The least that a VMM can do for a store that is caught, judged by a guest and granted: one thread, two runs of
 * vCPUs, one system call at most to open the page. Prints the nanoseconds of each, so many times, one a line. */
void best_round_trip(enum best_mechanism mechanism, int times);

#endif
