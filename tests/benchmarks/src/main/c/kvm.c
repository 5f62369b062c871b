/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CPUID_ENTRIES 256

_Noreturn void die(const char *what) {
  perror(what);
  exit(1);
}

int checked_ioctl(int fd, unsigned long request, unsigned long argument, const char *name) {
  int result = ioctl(fd, request, argument);
  if (result < 0) die(name);
  return result;
}

int kvm_open(void) {
  int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) die("/dev/kvm");
  return kvm;
}

void *memory_create(unsigned long size) {
  int fd = memfd_create("kvmpl", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, (off_t)size) < 0) die("memfd");
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
  if (memory == MAP_FAILED) die("mmap");
  close(fd);
  return memory;
}

void memory_destroy(void *memory, unsigned long size) { munmap(memory, size); }

void slot_set(int vm, unsigned int slot, unsigned long gpa, unsigned long length, void *host, int read_only) {
  struct kvm_userspace_memory_region region = {
      .slot = slot,
      .flags = read_only ? KVM_MEM_READONLY : 0,
      .guest_phys_addr = gpa,
      .memory_size = length,
      .userspace_addr = (unsigned long)host,
  };
  CALL(vm, KVM_SET_USER_MEMORY_REGION, &region);
}

/* Asked for once. */
static struct kvm_cpuid2 *supported_cpuid(int kvm) {
  static struct kvm_cpuid2 *cpuid;
  if (cpuid) return cpuid;
  cpuid = calloc(1, sizeof *cpuid + CPUID_ENTRIES * sizeof *cpuid->entries);
  if (!cpuid) die("calloc");
  cpuid->nent = CPUID_ENTRIES;
  CALL(kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
  return cpuid;
}

struct vcpu vcpu_create(int kvm, int vm, unsigned long id) {
  struct vcpu vcpu = {.fd = CALL(vm, KVM_CREATE_VCPU, id)};
  vcpu.run = mmap(NULL, (size_t)CALL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu.fd, 0);
  if (vcpu.run == MAP_FAILED) die("mmap of a vCPU");
  CALL(vcpu.fd, KVM_SET_CPUID2, supported_cpuid(kvm));
  return vcpu;
}

void vcpu_destroy(int kvm, struct vcpu *vcpu) {
  munmap(vcpu->run, (size_t)CALL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
  close(vcpu->fd);
}

int vcpu_run(struct vcpu *vcpu) {
  if (ioctl(vcpu->fd, KVM_RUN, 0) >= 0) return 1;
  if (errno != EINTR && errno != EAGAIN) die("KVM_RUN");
  return 0;
}

void vcpu_finish(struct vcpu *vcpu) {
  vcpu->run->immediate_exit = 1;
  if (vcpu_run(vcpu)) die("an operation in more than one part");
  vcpu->run->immediate_exit = 0;
}

void vcpu_sync(struct vcpu *vcpu, int special) {
  vcpu->run->kvm_valid_regs = KVM_SYNC_X86_REGS | (special ? KVM_SYNC_X86_SREGS : 0);
}

struct kvm_regs *vcpu_regs(struct vcpu *vcpu) { return &vcpu->run->s.regs.regs; }
void vcpu_regs_changed(struct vcpu *vcpu) { vcpu->run->kvm_dirty_regs |= KVM_SYNC_X86_REGS; }

long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}
