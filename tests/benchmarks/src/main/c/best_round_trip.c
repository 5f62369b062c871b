/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "best_round_trip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "best_guests.h"
#include "kvm.h"

#define PAGE 4096UL
#define SHARED 0xa0000UL /* bytes of memory that both levels have, from 0 on */
#define RESET_PAGE 0xfffff000UL
#define RESET_OFFSET 0xff0
#define DRIVER 1
#define WARMUP_LAPS 2

enum { LOWER, HIGHER };

struct best {
  enum best_mechanism mechanism;
  int kvm, vms[2];
  char *memory;  /* what the VMM and the higher level have */
  char *lower;   /* the lower level's own mapping of it */
  char *code[2]; /* a page each */
  struct vcpu vcpus[2];
};

static void code(struct best *best, int level, const unsigned char *start, const unsigned char *end) {
  static const unsigned char to_start[] = {0xe9, 0x0d, 0xf0}; /* jmp to the start of the page */
  best->code[level] = memory_create(PAGE);
  memcpy(best->code[level], start, (size_t)(end - start));
  memcpy(best->code[level] + RESET_OFFSET, to_start, sizeof to_start);
  slot_set(best->vms[level], 0, RESET_PAGE, PAGE, best->code[level], 0);
}

/* All pages are closed again. */
static void close_pages(struct best *best) {
  if (best->mechanism == BEST_MPROTECT &&
      mprotect(best->lower + BEST_FIRST_PAGE, BEST_END - BEST_FIRST_PAGE, PROT_READ) < 0)
    die("mprotect");
}

static void create(struct best *best) {
  int fd = memfd_create("kvmpl", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, SHARED) < 0) die("memfd");
  best->memory = mmap(NULL, SHARED, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  best->lower = mmap(NULL, SHARED, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (best->memory == MAP_FAILED || best->lower == MAP_FAILED) die("mmap");
  close(fd);
  best->kvm = kvm_open();
  for (int level = LOWER; level <= HIGHER; level++) best->vms[level] = CALL(best->kvm, KVM_CREATE_VM, 0);
  code(best, LOWER, best_driver, best_driver_end);
  code(best, HIGHER, best_validator, best_validator_end);
  slot_set(best->vms[LOWER], 1, 0, SHARED, best->lower, best->mechanism == BEST_STORE);
  slot_set(best->vms[HIGHER], 1, 0, SHARED, best->memory, 0);
  for (int level = LOWER; level <= HIGHER; level++) best->vcpus[level] = vcpu_create(best->kvm, best->vms[level]);
  close_pages(best);
}

/* Runs the driver to its next store: its address. 1 if KVM has taken the store over, 0 if the CPU does it later. */
static int to_store(struct best *best, unsigned long *gpa) {
  struct vcpu *vcpu = &best->vcpus[LOWER];
  if (ioctl(vcpu->fd, KVM_RUN, 0) < 0) {
    if (errno != EFAULT) die("KVM_RUN");
    struct kvm_sregs sregs;
    CALL(vcpu->fd, KVM_GET_SREGS, &sregs);
    *gpa = sregs.ds.base + BEST_OFFSET;
    return 0;
  }
  if (vcpu->run->exit_reason != KVM_EXIT_MMIO) die("an exit that is not MMIO");
  *gpa = vcpu->run->mmio.phys_addr;
  return 1;
}

static void trip(struct best *best) {
  unsigned long gpa;
  int retired = to_store(best, &gpa);
  *(volatile unsigned int *)(best->memory + BEST_REQUEST) = (unsigned int)gpa;
  best->memory[BEST_DRIVER] = DRIVER;
  if (!vcpu_run(&best->vcpus[HIGHER]) || best->vcpus[HIGHER].run->exit_reason != KVM_EXIT_IO) die("no answer");
  if (!*(volatile char *)(best->memory + BEST_ANSWER)) die("refused");
  if (best->mechanism == BEST_MPROTECT && mprotect(best->lower + (gpa & -PAGE), PAGE, PROT_READ | PROT_WRITE) < 0)
    die("mprotect");
  if (retired) best->memory[gpa] = (char)best->vcpus[LOWER].run->mmio.data[0];
}

static void destroy(struct best *best) {
  for (int level = HIGHER; level >= LOWER; level--) {
    vcpu_destroy(&best->vcpus[level]);
    close(best->vms[level]);
    memory_destroy(best->code[level], PAGE);
  }
  munmap(best->lower, SHARED);
  munmap(best->memory, SHARED);
  close(best->kvm);
}

void best_round_trip(enum best_mechanism mechanism, int times) {
  struct best best = {.mechanism = mechanism};
  int lap = (BEST_END - BEST_FIRST_PAGE) / (int)PAGE, warmup = WARMUP_LAPS * lap;
  long *took = calloc((size_t)times, sizeof *took);
  if (!took) die("calloc");
  create(&best);
  for (int i = 0; i < warmup + times; i++) {
    if (i % lap == 0) close_pages(&best);
    long start = now_ns();
    trip(&best);
    if (i >= warmup) took[i - warmup] = now_ns() - start;
  }
  for (int i = 0; i < times; i++) printf("%ld\n", took[i]);
  free(took);
  destroy(&best);
}
