/**
 * KVM's own objects: one type for each kind of file descriptor, each method one ioctl. Ten bytes of
 * guest code, and what they computed:
 *
 * {@snippet id="TenBytes" :
 * String code =
 *     "b80600" // mov $6, %ax
 *         + "b90700" // mov $7, %cx
 *         + "f7e1" // mul %cx
 *         + "e610"; // out %al, $0x10
 * try (Kvm kvm = Kvm.open(); // 1. /dev/kvm
 *     Vm vm = kvm.createVm(); // 2. a VM
 *     GuestMemory memory = GuestMemory.allocate(0x1000)) { // 3. its memory
 *   memory.write(0, HexFormat.of().parseHex(code));
 *   vm.setSlot(0, 0, memory, 0, memory.size(), SlotMode.READ_WRITE); // 4. ... which it has at 0
 *   try (Vcpu vcpu = vm.createVcpu(0)) { // 5. a vCPU, which starts in real mode
 *     SpecialRegisters special = vcpu.get(new SpecialRegisters());
 *     special.cs().selector(0);
 *     special.cs().base(0);
 *     vcpu.set(special);
 *     Registers registers = vcpu.registers();
 *     registers.rip(0);
 *     vcpu.setRegisters();
 *     if (vcpu.run() instanceof VcpuExit.Io out) { // 6. runs until it needs something
 *       System.out.println("the guest says " + out.data(0));
 *     }
 *   }
 * }
 * }
 *
 * <p>What a vCPU or a VM has is got and set as a value: {@link dev.kvmpl.kvm.Vcpu#get}({@code new
 * SpecialRegisters()}). What this package has no method for, {@link dev.kvmpl.kvm.fd.KvmFd} has by
 * its number. docs/kvm.md has a table of all.
 *
 * <p>Memory is safe: a slot takes a part of a {@link dev.kvmpl.memory.GuestMemory}, which stays
 * mapped for as long as guests may reach it. Methods with which this process's memory could be
 * damaged have names that begin with {@code unsafe}.
 *
 * <p>{@link dev.kvmpl.kvm.Kvm#createVm} and {@link dev.kvmpl.kvm.Vm#createVcpu} make what kvmpl
 * needs: guests for which KVM writes no memory. {@link dev.kvmpl.kvm.Kvm#createBareVm} and {@link
 * dev.kvmpl.kvm.Vm#createBareVcpu} make what KVM makes.
 *
 * <p>Facts about KVM are from the kernel's Documentation/virt/kvm/api.rst, cited as "api.rst" with
 * the section.
 */
@NullMarked
package dev.kvmpl.kvm;

import org.jspecify.annotations.NullMarked;
