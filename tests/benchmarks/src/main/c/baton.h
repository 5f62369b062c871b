/* SPDX-License-Identifier: Apache-2.0
 * Which one of the two vCPU threads runs: the C side of dev.kvmpl.processors.Turns. */
#ifndef BATON_H
#define BATON_H

#include <stdatomic.h>

#define BATON_DROPPED (-1)

struct baton {
  atomic_int holder;      /* a thread's number, or BATON_DROPPED */
  atomic_int sleeping[2]; /* each thread's own, so that neither can take the other's back */
  int spins;
};

void baton_init(struct baton *baton, int holder);

/* Gives it to thread `to`, or lets everybody go with BATON_DROPPED. */
void baton_pass(struct baton *baton, int to);

/* Waits for it: spins for a while, then sleeps. 0 once it is dropped. */
int baton_await(struct baton *baton, int self);

#endif
