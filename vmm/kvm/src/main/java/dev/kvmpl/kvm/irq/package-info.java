/**
 * Interrupts: KVM's controllers and timer, whole and split, lines, messages, routes, event fds.
 *
 * {@snippet id="InterruptByEventFd" :
 * int line = 30;
 * int vector = 0x61;
 * vm.interrupts().route(List.of(new GsiRoute.Message(line, Msi.to(0, vector))));
 * try (EventFd event = new EventFd()) {
 *   vm.interrupts().connect(event, line);
 *   event.signal(1); // from any thread, while the guest runs
 * }
 * }
 */
@NullMarked
package dev.kvmpl.kvm.irq;

import org.jspecify.annotations.NullMarked;
