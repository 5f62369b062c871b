/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINES_H
#define MACHINES_H

#include "machine.h"

/* Machines one after the other, each run to its end: prints the nanoseconds of each run, or with `whole` of each
 * machine from its creation to its end, one a line. */
void machines(const struct payloads *payloads, unsigned long gpa, unsigned long pages, int runs, int whole);

#endif
