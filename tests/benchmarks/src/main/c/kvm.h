/* SPDX-License-Identifier: Apache-2.0
 * KVM's objects, as far as the peer needs them: the C side of dev.kvmpl.kvm. */
#ifndef KVM_H
#define KVM_H

#include <linux/kvm.h>

/* One vCPU and its run area. */
struct vcpu {
  int fd;
  struct kvm_run *run;
};

/* Says what failed and with which errno, and ends the program. */
_Noreturn void die(const char *what);

/* ioctl(2), which has to succeed. */
#define CALL(fd, request, argument) checked_ioctl(fd, request, (unsigned long)(argument), #request)
int checked_ioctl(int fd, unsigned long request, unsigned long argument, const char *name);

int kvm_open(void);

/* Shared memory of `size` zeroed bytes. */
void *memory_create(unsigned long size);
void memory_destroy(void *memory, unsigned long size);

/* Creates the slot, or deletes it if `length` is 0. */
void slot_set(int vm, unsigned int slot, unsigned long gpa, unsigned long length, void *host, int read_only);

struct vcpu vcpu_create(int kvm, int vm, unsigned long id);
void vcpu_destroy(int kvm, struct vcpu *vcpu);

/* One KVM_RUN: 1 after an exit, 0 when it was interrupted, as it is once it has finished an operation. */
int vcpu_run(struct vcpu *vcpu);

/* Completes the last exit's operation without running more of the guest. */
void vcpu_finish(struct vcpu *vcpu);

/* From now on KVM_RUN leaves its registers in the run area (KVM_CAP_SYNC_REGS): those of the last exit; and KVM_RUN shall
 * take what the caller has changed there. */
void vcpu_sync(struct vcpu *vcpu, int special);
struct kvm_regs *vcpu_regs(struct vcpu *vcpu);
void vcpu_regs_changed(struct vcpu *vcpu);

/* A clock that only goes forward. */
long now_ns(void);

#endif
