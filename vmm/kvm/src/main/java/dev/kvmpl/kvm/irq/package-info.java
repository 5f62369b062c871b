/** Interrupts: KVM's controllers and timer, whole and split, lines, messages, routes, event fds. */
@NullMarked
package dev.kvmpl.kvm.irq;

import org.jspecify.annotations.NullMarked;
