/* SPDX-License-Identifier: Apache-2.0 */
#include "one_exit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kvm.h"

#define PAGE 4096
#define RESET_PAGE 0xfffff000 /* a vCPU starts in real mode, at 0xfffffff0 */
#define RESET_OFFSET 0xff0
#define TARGET 0x1000
#define BATCH 256 /* exits between two looks at the clock */

static const unsigned char guest[] = {
    0xa2, 0x00, 0x10, /* 1: mov %al, 0x1000 */
    0xeb, 0xfb,       /*    jmp 1b          */
};

/* One exit after the other, at least as long as that: nanoseconds an exit. */
static double run_for(struct vcpu *vcpu, long ms) {
  long start = now_ns(), now = start, exits = 0;
  for (; now - start < ms * 1000000L; now = now_ns()) {
    for (int i = 0; i < BATCH; i++)
      if (!vcpu_run(vcpu) || vcpu->run->exit_reason != KVM_EXIT_MMIO) die("an exit that is not MMIO");
    exits += BATCH;
  }
  return (double)(now - start) / (double)exits;
}

void one_exit(long warmup_ms, long measured_ms, int times) {
  int kvm = kvm_open();
  char *memory = memory_create(2 * PAGE);
  int vm = CALL(kvm, KVM_CREATE_VM, 0);
  memcpy(memory + RESET_OFFSET, guest, sizeof guest);
  slot_set(vm, 0, RESET_PAGE, PAGE, memory, 0);
  slot_set(vm, 1, TARGET, PAGE, memory + PAGE, 1);
  struct vcpu vcpu = vcpu_create(kvm, vm, 0);
  run_for(&vcpu, warmup_ms);
  for (int i = 0; i < times; i++) printf("%f\n", run_for(&vcpu, measured_ms));
  vcpu_destroy(kvm, &vcpu);
  close(vm);
  memory_destroy(memory, 2 * PAGE);
  close(kvm);
}
