/* SPDX-License-Identifier: Apache-2.0 */
#include "one_exit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvm.h"

#define PAGE 4096
#define RESET_PAGE 0xfffff000 /* a vCPU starts in real mode, at 0xfffffff0 */
#define RESET_OFFSET 0xff0
#define TARGET 0x1000
#define WARMUP 1000

static const unsigned char guest[] = {
    0xa2, 0x00, 0x10, /* 1: mov %al, 0x1000 */
    0xeb, 0xfb,       /*    jmp 1b          */
};

static void to_exit(struct vcpu *vcpu) {
  if (!vcpu_run(vcpu) || vcpu->run->exit_reason != KVM_EXIT_MMIO) die("an exit that is not MMIO");
}

void one_exit(int times) {
  int kvm = kvm_open();
  char *memory = memory_create(2 * PAGE);
  int vm = CALL(kvm, KVM_CREATE_VM, 0);
  memcpy(memory + RESET_OFFSET, guest, sizeof guest);
  slot_set(vm, 0, RESET_PAGE, PAGE, memory, 0);
  slot_set(vm, 1, TARGET, PAGE, memory + PAGE, 1);
  struct vcpu vcpu = vcpu_create(kvm, vm);
  long *took = calloc((size_t)times, sizeof *took);
  if (!took) die("calloc");
  for (int i = 0; i < WARMUP; i++) to_exit(&vcpu);
  for (int i = 0; i < times; i++) {
    long start = now_ns();
    to_exit(&vcpu);
    took[i] = now_ns() - start;
  }
  for (int i = 0; i < times; i++) printf("%ld\n", took[i]);
  free(took);
  vcpu_destroy(&vcpu);
  close(vm);
  memory_destroy(memory, 2 * PAGE);
  close(kvm);
}
