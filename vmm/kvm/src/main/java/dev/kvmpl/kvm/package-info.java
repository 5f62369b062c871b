/**
 * KVM's own objects: one type for each kind of file descriptor, each method one ioctl. A VM in six
 * steps:
 *
 * {@snippet :
 * try (Kvm kvm = Kvm.open(); // 1. /dev/kvm
 *     Vm vm = kvm.createVm(); // 2. a VM
 *     GuestMemory memory = GuestMemory.allocate(1 << 20)) { // 3. its memory
 *   vm.setSlot(0, 0, memory.size(), memory.hostAddress(0), false); // 4. ... mapped at 0
 *   try (Vcpu vcpu = vm.createVcpu(0)) { // 5. a vCPU
 *     VcpuExit exit = vcpu.run(); // 6. runs until the guest needs something
 *   }
 * }
 * }
 *
 * <p>Facts about KVM are from the kernel's Documentation/virt/kvm/api.rst, cited as "api.rst" with
 * the section.
 */
@NullMarked
package dev.kvmpl.kvm;

import org.jspecify.annotations.NullMarked;
