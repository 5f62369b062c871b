/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ONE_EXIT_H
#define ONE_EXIT_H

/* One KVM_RUN to a KVM_EXIT_MMIO, over and over: prints the nanoseconds of each, so many times, one a line. */
void one_exit(int times);

#endif
