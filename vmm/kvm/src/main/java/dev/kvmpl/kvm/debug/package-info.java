/**
 * Debugging a guest: its own debug registers, and a debugger's breakpoints and single steps.
 *
 * {@snippet id="SingleStep" :
 * vcpu.debug(GuestDebug.on().singleStep());
 * VcpuExit exit = vcpu.run();
 * while (exit instanceof OptInExit.Debug step && step.isSingleStep()) {
 *   System.out.printf("next is %#x%n", step.pc());
 *   exit = vcpu.run();
 * }
 * vcpu.debug(GuestDebug.off());
 * }
 */
@NullMarked
package dev.kvmpl.kvm.debug;

import org.jspecify.annotations.NullMarked;
