/* SPDX-License-Identifier: Apache-2.0
 * Between the validator's vCPUs. Held for one decision. */
#ifndef LOCK_H
#define LOCK_H

struct lock {
  volatile unsigned char taken;
};

static inline __attribute__((always_inline)) void lock_take(struct lock *lock) {
  while (__atomic_test_and_set(&lock->taken, __ATOMIC_ACQUIRE)) __asm__ volatile("pause");
}

static inline void lock_release(struct lock *lock) { __atomic_clear(&lock->taken, __ATOMIC_RELEASE); }

#endif
