/**
 * What a vCPU is: what CPUID tells it, its MSRs and who serves them, its state as a hypervisor.
 *
 * {@snippet id="EditedCpuid" :
 * CpuidTable table = kvm.supportedCpuid();
 * CpuidEntry features = table.find(1, 0).orElseThrow();
 * int hypervisor = 1 << 31; // of ECX: whoever runs it is no CPU
 * vcpu.cpuid(table.with(features.without(0, 0, hypervisor, 0)));
 * }
 */
@NullMarked
package dev.kvmpl.kvm.cpu;

import org.jspecify.annotations.NullMarked;
