/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CPUID_ENTRIES 256
#define CAPABILITIES 512
#define MSR_IA32_TSC 0x10

_Noreturn void die(const char *what) {
  perror(what);
  exit(1);
}

static int printing;
static pthread_mutex_t line = PTHREAD_MUTEX_INITIALIZER;

void print_calls(void) { printing = 1; }

static void print(int fd, unsigned long request, unsigned long argument) {
  if (!printing) return;
  pthread_mutex_lock(&line);
  printf("%d %d %lx ", gettid(), fd, request);
  if (_IOC_DIR(request) == _IOC_NONE) printf("%lx", argument);
  for (unsigned long i = 0; _IOC_DIR(request) & _IOC_WRITE && i < _IOC_SIZE(request); i++)
    printf("%02x", ((const unsigned char *)argument)[i]);
  putchar('\n');
  pthread_mutex_unlock(&line);
}

int checked_ioctl(int fd, unsigned long request, unsigned long argument, const char *name) {
  print(fd, request, argument);
  int result = ioctl(fd, request, argument);
  if (result < 0) die(name);
  return result;
}

int kvm_open(void) {
  int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) die("/dev/kvm");
  return kvm;
}

int kvm_has(int kvm, unsigned int capability) {
  static signed char known[CAPABILITIES]; /* 0: not asked yet, 1: there, -1: not */
  if (!known[capability]) known[capability] = ioctl(kvm, KVM_CHECK_EXTENSION, (unsigned long)capability) > 0 ? 1 : -1;
  return known[capability] > 0;
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

/* Asked for once. */
static size_t run_size(int kvm) {
  static size_t size;
  if (!size) size = (size_t)CALL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  return size;
}

struct vcpu vcpu_create(int kvm, int vm) {
  struct vcpu vcpu = {.fd = CALL(vm, KVM_CREATE_VCPU, 0), .size = run_size(kvm)};
  vcpu.run = mmap(NULL, vcpu.size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu.fd, 0);
  if (vcpu.run == MAP_FAILED) die("mmap of a vCPU");
  CALL(vcpu.fd, KVM_SET_CPUID2, supported_cpuid(kvm));
  return vcpu;
}

void vcpu_destroy(struct vcpu *vcpu) {
  munmap(vcpu->run, vcpu->size);
  close(vcpu->fd);
}

int vcpu_run(struct vcpu *vcpu) {
  print(vcpu->fd, KVM_RUN, 0);
  if (ioctl(vcpu->fd, KVM_RUN, 0) >= 0) return 1;
  if (errno != EINTR && errno != EAGAIN) die("KVM_RUN");
  return 0;
}

void vcpu_finish(struct vcpu *vcpu) {
  vcpu->run->immediate_exit = 1;
  if (vcpu_run(vcpu)) die("an operation in more than one part");
  vcpu->run->immediate_exit = 0;
}

void vcpu_sync(int vm, struct vcpu *vcpu, int special) {
  unsigned long wanted = KVM_SYNC_X86_REGS | (special ? KVM_SYNC_X86_SREGS : 0);
  if (~(unsigned long)CALL(vm, KVM_CHECK_EXTENSION, KVM_CAP_SYNC_REGS) & wanted) die("KVM_CAP_SYNC_REGS");
  vcpu->run->kvm_valid_regs = wanted;
}

struct kvm_regs *vcpu_regs(struct vcpu *vcpu) { return &vcpu->run->s.regs.regs; }
void vcpu_regs_changed(struct vcpu *vcpu) { vcpu->run->kvm_dirty_regs |= KVM_SYNC_X86_REGS; }

void vcpu_clock(struct vcpu *vcpu) {
  struct {
    struct kvm_msrs head;
    struct kvm_msr_entry entry;
  } msrs = {{.nmsrs = 1}, {.index = MSR_IA32_TSC}};
  CALL(vcpu->fd, KVM_GET_MSRS, &msrs);
  print(vcpu->fd, KVM_GET_TSC_KHZ, 0);
  ioctl(vcpu->fd, KVM_GET_TSC_KHZ, 0); /* which not every KVM can tell */
}

void vcpu_start(struct vcpu *vcpu, const struct kvm_regs *regs) {
  CALL(vcpu->fd, KVM_GET_REGS, vcpu_regs(vcpu));
  *vcpu_regs(vcpu) = *regs;
  vcpu_regs_changed(vcpu);
}

long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}
