/** What a vCPU is: what CPUID tells it, its MSRs and who serves them, its state as a hypervisor. */
@NullMarked
package dev.kvmpl.kvm.cpu;

import org.jspecify.annotations.NullMarked;
