// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.io;

import static dev.kvmpl.bindings.SyscallException.check;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_coalesced_mmio_zone;
import dev.kvmpl.bindings.kvm.kvm_ioeventfd;
import dev.kvmpl.kvm.fd.EventFd;
import dev.kvmpl.kvm.fd.KvmFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes of a VM's guests that are no exits: an event fd is signalled, or KVM collects them ({@link
 * CoalescedRing}). May be used from any thread. What KVM refuses is a {@link SyscallException}.
 */
public final class IoEvents {
  private final KvmFd vm;

  /**
   * @param vm a VM's file descriptor
   */
  public IoEvents(KvmFd vm) {
    this.vm = vm;
  }

  /**
   * Each write of that length there signals the event fd, and nothing else (KVM_IOEVENTFD, api.rst
   * 4.59). A write of another length is an exit as before.
   *
   * @param length 1, 2, 4 or 8 bytes; 0 for any (KVM_CAP_IOEVENTFD_ANY_LENGTH)
   */
  public void connect(EventFd event, IoAddress address, int length) {
    ioeventfd(event, address, length, 0, 0);
  }

  /** The same for writes of one value. */
  public void connect(EventFd event, IoAddress address, int length, long value) {
    ioeventfd(event, address, length, value, Kvm.KVM_IOEVENTFD_FLAG_DATAMATCH());
  }

  /** Ends what {@link #connect(EventFd, IoAddress, int)} began. */
  public void disconnect(EventFd event, IoAddress address, int length) {
    ioeventfd(event, address, length, 0, Kvm.KVM_IOEVENTFD_FLAG_DEASSIGN());
  }

  /** Ends what {@link #connect(EventFd, IoAddress, int, long)} began. */
  public void disconnect(EventFd event, IoAddress address, int length, long value) {
    ioeventfd(
        event,
        address,
        length,
        value,
        Kvm.KVM_IOEVENTFD_FLAG_DEASSIGN() | Kvm.KVM_IOEVENTFD_FLAG_DATAMATCH());
  }

  private void ioeventfd(EventFd event, IoAddress address, int length, long value, int flags) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment ioeventfd = kvm_ioeventfd.allocate(scratch);
      kvm_ioeventfd.fd(ioeventfd, event.number());
      kvm_ioeventfd.addr(ioeventfd, address.value());
      kvm_ioeventfd.len(ioeventfd, length);
      kvm_ioeventfd.datamatch(ioeventfd, value);
      kvm_ioeventfd.flags(ioeventfd, flags | (isPort(address) ? Kvm.KVM_IOEVENTFD_FLAG_PIO() : 0));
      check(
          vm.unsafeIoctl(Kvm.KVM_IOEVENTFD(), ioeventfd),
          "KVM_IOEVENTFD",
          address + ", " + length + ", flags " + flags);
    }
  }

  /**
   * KVM collects writes to these addresses until there is another exit or the ring is full
   * (KVM_REGISTER_COALESCED_MMIO, api.rst 4.116).
   *
   * @param length bytes
   */
  public void coalesce(IoAddress address, int length) {
    zone(Kvm.KVM_REGISTER_COALESCED_MMIO(), "KVM_REGISTER_COALESCED_MMIO", address, length);
  }

  /** They are exits again; what has been collected stays in the ring. */
  public void uncoalesce(IoAddress address, int length) {
    zone(Kvm.KVM_UNREGISTER_COALESCED_MMIO(), "KVM_UNREGISTER_COALESCED_MMIO", address, length);
  }

  private void zone(long request, String name, IoAddress address, int length) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment zone = kvm_coalesced_mmio_zone.allocate(scratch);
      kvm_coalesced_mmio_zone.addr(zone, address.value());
      kvm_coalesced_mmio_zone.size(zone, length);
      kvm_coalesced_mmio_zone.pio(zone, isPort(address) ? 1 : 0);
      check(vm.unsafeIoctl(request, zone), name, address + ", " + length);
    }
  }

  private static boolean isPort(IoAddress address) {
    return address instanceof IoAddress.Port;
  }
}
