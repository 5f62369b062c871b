/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "baton.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define SPINS 20000

void baton_init(struct baton *baton, int holder) {
  *baton = (struct baton){.holder = holder, .spins = get_nprocs() > 1 ? SPINS : 0};
}

void baton_pass(struct baton *baton, int to) {
  atomic_store(&baton->holder, to);
  if (atomic_load(&baton->sleeping[0]) || atomic_load(&baton->sleeping[1]))
    syscall(SYS_futex, &baton->holder, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

int baton_await(struct baton *baton, int self) {
  int holder = atomic_load(&baton->holder);
  for (int i = baton->spins; i > 0 && holder != self && holder != BATON_DROPPED; i--) {
    __builtin_ia32_pause();
    holder = atomic_load(&baton->holder);
  }
  if (holder != self && holder != BATON_DROPPED) {
    atomic_store(&baton->sleeping[self], 1);
    while ((holder = atomic_load(&baton->holder)) != self && holder != BATON_DROPPED)
      syscall(SYS_futex, &baton->holder, FUTEX_WAIT_PRIVATE, holder, NULL, NULL, 0);
    atomic_store(&baton->sleeping[self], 0);
  }
  return holder == self;
}
