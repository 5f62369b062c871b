/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINES_H
#define MACHINES_H

#include "machine.h"

/* Machines one after the other, each run to its end: prints the nanoseconds of each from its creation to its end, one
 * a line. */
void machines(const struct payloads *payloads, unsigned long gpa, unsigned long pages, int runs);

/* One machine: prints each ioctl that is made for it, a line each, as print_calls has it. */
void machine_calls(const struct payloads *payloads, unsigned long gpa, unsigned long pages, enum hand_over how);

/* One machine: prints the nanoseconds from each store that is done to the next one, one a line. */
void full_round_trips(const struct payloads *payloads, unsigned long gpa, unsigned long pages, enum hand_over how);

#endif
