/* SPDX-License-Identifier: Apache-2.0
 * KVM's objects, as far as the peer needs them: the C side of dev.kvmpl.kvm. */
#ifndef KVM_H
#define KVM_H

#include <linux/kvm.h>
#include <stddef.h>

#define RFLAGS_RESERVED 0x2

/* One vCPU and its run area. */
struct vcpu {
  int fd;
  struct kvm_run *run;
  size_t size;
};

/* Says what failed and with which errno, and ends the program. */
_Noreturn void die(const char *what);

/* ioctl(2), which has to succeed. */
#define CALL(fd, request, argument) checked_ioctl(fd, request, (unsigned long)(argument), #request)
int checked_ioctl(int fd, unsigned long request, unsigned long argument, const char *name);

/* From now on each request is printed before it is made, a line each: the thread and the descriptor, decimal; the request
 * and what the kernel is given, a number or the bytes of a structure, hexadecimal. */
void print_calls(void);

int kvm_open(void);

/* KVM_CHECK_EXTENSION of /dev/kvm, asked once for each. */
int kvm_has(int kvm, unsigned int capability);

/* Shared memory of `size` zeroed bytes. */
void *memory_create(unsigned long size);
void memory_destroy(void *memory, unsigned long size);

/* Creates the slot, or deletes it if `length` is 0. */
void slot_set(int vm, unsigned int slot, unsigned long gpa, unsigned long length, void *host, int read_only);

/* A VM's only one. */
struct vcpu vcpu_create(int kvm, int vm);
void vcpu_destroy(struct vcpu *vcpu);

/* One KVM_RUN: 1 after an exit, 0 when it was interrupted, as it is once it has finished an operation. */
int vcpu_run(struct vcpu *vcpu);

/* Completes the last exit's operation without running more of the guest. */
void vcpu_finish(struct vcpu *vcpu);

/* From now on KVM_RUN leaves its registers in the run area (KVM_CAP_SYNC_REGS): those of the last exit; and KVM_RUN shall
 * take what the caller has changed there. */
void vcpu_sync(int vm, struct vcpu *vcpu, int special);
struct kvm_regs *vcpu_regs(struct vcpu *vcpu);
void vcpu_regs_changed(struct vcpu *vcpu);

/* Reads its time-stamp counter and how fast that is, as who traces it does. */
void vcpu_clock(struct vcpu *vcpu);

/* Gives it these registers, after the run area's have become outdated. */
void vcpu_start(struct vcpu *vcpu, const struct kvm_regs *regs);

/* A clock that only goes forward. */
long now_ns(void);

#endif
