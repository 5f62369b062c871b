/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "machine.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_SIZE (32UL << 20)
#define KICK_SIGNAL 44

static void enable(int fd, unsigned int capability, unsigned long argument) {
  struct kvm_enable_cap enable = {.cap = capability, .args = {argument}};
  CALL(fd, KVM_ENABLE_CAP, &enable);
}

/* What an older KVM has not, as Java does without. Asked for once: whether it is there. */
static void enable_if_there(const struct machine *machine, int fd, unsigned int capability, unsigned long argument) {
  if (kvm_has(machine->kvm, capability)) enable(fd, capability, argument);
}

static void exit_on_ghcb_msr(int vm) {
  enable(vm, KVM_CAP_X86_USER_SPACE_MSR, KVM_MSR_EXIT_REASON_FILTER);
  unsigned char none = 0;
  struct kvm_msr_filter filter = {.ranges = {{.flags = KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE,
                                              .base = KVMPL_MSR_GHCB,
                                              .nmsrs = 1,
                                              .bitmap = &none}}};
  CALL(vm, KVM_X86_SET_MSR_FILTER, &filter);
}

static void vm_create(struct machine *machine, int level) {
  struct level *self = &machine->levels[level];
  *self = (struct level){.vm = CALL(machine->kvm, KVM_CREATE_VM, 0)};
  enable_if_there(machine, self->vm, KVM_CAP_DISABLE_QUIRKS2, KVM_X86_QUIRK_FIX_HYPERCALL_INSN);
  exit_on_ghcb_msr(self->vm); /* before the slots: KVM waits longer for a filter soon after a change of them */
  enable_if_there(machine, self->vm, KVM_CAP_EXIT_ON_EMULATION_FAILURE, 1);
  slots_create(machine, level);
}

static void level_vcpu_create(struct machine *machine, int level) {
  struct level *self = &machine->levels[level];
  self->vcpu = vcpu_create(machine->kvm, self->vm);
  enable_if_there(machine, self->vcpu.fd, KVM_CAP_ENFORCE_PV_FEATURE_CPUID, 1);
  vcpu_sync(self->vm, &self->vcpu, level == SECOND);
}

static void write_boot_info(struct machine *machine, unsigned long base) {
  struct kvmpl_boot_info *info = (struct kvmpl_boot_info *)(machine->memory + base + BOOT_INFO);
  info->self = (struct kvmpl_boot_info *)(base + BOOT_INFO);
  info->ghcb = (struct ghcb *)(base + GHCB);
  info->trace = (struct kvmpl_trace_ring *)(base + TRACE);
  info->memory_size = machine->size;
  if (base == KVMPL_VMPL0_BASE) {
    info->request = (struct kvmpl_request *)(base + REQUEST);
  } else {
    info->driver_count = 1;
    info->drivers[0] = (struct kvmpl_driver *)(base + DRIVERS);
  }
}

/* What VMPL0 decides by: which pages are restricted, none of kernel memory; and what the levels have. */
static void write_tables(struct machine *machine) {
  struct kvmpl_restricted *restricted = (struct kvmpl_restricted *)(machine->memory + KVMPL_RESTRICTED_GPA);
  unsigned long first = KVMPL_KERNEL_MEMORY_BASE / KVMPL_PAGE_SIZE, end = machine->size / KVMPL_PAGE_SIZE;
  memset(restricted->pages, 0xff, first / 8);
  memset(restricted->pages + end / 8, 0xff, (KVMPL_PAGES_MAX - end) / 8);
  machine->rmp = (struct kvmpl_rmp *)(machine->memory + KVMPL_RMP_GPA);
  for (unsigned long page = 0; page < end; page++)
    machine->rmp->permissions[page] = RMP_ALL | (RMP_ALL & ~RMP_WRITE) << KVMPL_RMP_LEVEL_BITS;
}

void machine_create(struct machine *machine, int kvm, const struct payloads *payloads, unsigned long gpa,
                    unsigned long pages) {
  *machine = (struct machine){.kvm = kvm, .memory = memory_create(MEMORY_SIZE), .size = MEMORY_SIZE};
  if (!(machine->trips = calloc(pages, sizeof *machine->trips))) die("calloc");
  write_tables(machine);
  machine->driver = (struct kvmpl_driver *)(machine->memory + DRIVERS);
  machine->request = (struct kvmpl_request *)(machine->memory + KVMPL_VMPL0_BASE + REQUEST);
  machine->request->vmpl = 1;
  unsigned long at = IMAGES + payloads->kernel.footprint;
  *machine->driver = (struct kvmpl_driver){
      .id = 1,
      .wanted_level = 1,
      .entry = payload_load(&payloads->driver, machine->memory, at),
      .stack = at + payloads->driver.footprint + DRIVER_STACK,
      .vmsa = VMSAS,
      .ghcb = (struct ghcb *)GHCB,
      .trace = (struct kvmpl_trace_ring *)TRACE,
      .argument_count = 2,
      .arguments = {gpa, pages},
  };
  for (int level = SECOND; level >= FIRST; level--) vm_create(machine, level);
  level_vcpu_create(machine, FIRST);
  write_boot_info(machine, 0);
  boot(machine, FIRST, 0, payload_load(&payloads->kernel, machine->memory, IMAGES));
  level_vcpu_create(machine, SECOND);
  write_boot_info(machine, KVMPL_VMPL0_BASE);
  boot(machine, SECOND, KVMPL_VMPL0_BASE, payload_load(&payloads->validator, machine->memory, KVMPL_VMPL0_BASE + IMAGES));
  for (int level = SECOND; level >= FIRST; level--) vcpu_clock(&machine->levels[level].vcpu);
}

/* Only the kick signal ends KVM_RUN, as in Java: KVM then changes the thread's mask at each run. */
static void interruptible_by_kick(struct vcpu *vcpu) {
  sigset_t kick;
  sigemptyset(&kick);
  sigaddset(&kick, KICK_SIGNAL);
  pthread_sigmask(SIG_BLOCK, &kick, NULL);
  unsigned long kernel_set = ~(1UL << (KICK_SIGNAL - 1));
  char mask[sizeof(struct kvm_signal_mask) + sizeof kernel_set];
  ((struct kvm_signal_mask *)mask)->len = sizeof kernel_set;
  memcpy(mask + offsetof(struct kvm_signal_mask, sigset), &kernel_set, sizeof kernel_set);
  CALL(vcpu->fd, KVM_SET_SIGNAL_MASK, mask);
}

/* Runs a level's vCPU until it is the other's turn, or nobody's. */
static enum next take_turn(struct machine *machine, int level) {
  struct vcpu *vcpu = &machine->levels[level].vcpu;
  enum next next = RESUME;
  while (next == RESUME) next = vcpu_run(vcpu) ? handle(machine, level) : RESUME;
  return next;
}

/* On the boot CPU, where KVM waits least for a change of a slot, or beside it. */
static void choose_cpu(int boot) {
  cpu_set_t cpus;
  sched_getaffinity(0, sizeof cpus, &cpus);
  for (int cpu = boot ? 1 : 0; cpu < (boot ? CPU_SETSIZE : 1); cpu++) CPU_CLR(cpu, &cpus);
  sched_setaffinity(0, sizeof cpus, &cpus);
}

static void run(struct machine *machine, int level) {
  choose_cpu(level == SECOND);
  interruptible_by_kick(&machine->levels[level].vcpu);
  while (baton_await(&machine->baton, level)) {
    enum next next = take_turn(machine, level);
    baton_pass(&machine->baton, next == STOP ? BATON_DROPPED : 1 - level);
  }
}

static void *run_first(void *machine) {
  run(machine, FIRST);
  return NULL;
}

static void *run_second(void *machine) {
  run(machine, SECOND);
  return NULL;
}

static void *run_both(void *machine) {
  choose_cpu(1);
  for (int level = FIRST; level <= SECOND; level++) interruptible_by_kick(&((struct machine *)machine)->levels[level].vcpu);
  for (int level = SECOND; take_turn(machine, level) != STOP;) level = 1 - level;
  return NULL;
}

static void start(pthread_t *thread, void *(*run)(void *), struct machine *machine) {
  if (pthread_create(thread, NULL, run, machine)) die("pthread_create");
}

void machine_run(struct machine *machine, enum hand_over how) {
  pthread_t threads[2];
  baton_init(&machine->baton, SECOND);
  start(&threads[0], how == THREADS ? run_first : run_both, machine);
  if (how == THREADS) start(&threads[1], run_second, machine);
  for (int i = 0; i <= (how == THREADS); i++) pthread_join(threads[i], NULL);
}

void machine_destroy(struct machine *machine) {
  for (int level = SECOND; level >= FIRST; level--) {
    vcpu_destroy(&machine->levels[level].vcpu);
    close(machine->levels[level].vm);
  }
  memory_destroy(machine->memory, machine->size);
  free(machine->trips);
}
