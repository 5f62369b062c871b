/**
 * Accesses to ports and memory that need no exit: event fds, and writes that KVM collects.
 *
 * {@snippet id="PortByEventFd" :
 * try (EventFd doorbell = new EventFd()) {
 *   vm.ioEvents().connect(doorbell, new IoAddress.Port(0x10), 1);
 *   vcpu.run(); // until something else happens
 *   System.out.println("rung " + doorbell.take() + " times");
 * }
 * }
 */
@NullMarked
package dev.kvmpl.kvm.io;

import org.jspecify.annotations.NullMarked;
