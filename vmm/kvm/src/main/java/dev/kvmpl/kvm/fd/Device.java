// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.fd;

import static dev.kvmpl.bindings.SyscallException.check;

import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_device_attr;
import dev.kvmpl.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/**
 * What has attributes of its own: a device inside KVM ({@link dev.kvmpl.kvm.Vm#createDevice};
 * api.rst 4.79), and /dev/kvm, a VM or a vCPU with theirs ({@link #of}; api.rst 4.80).
 */
public final class Device implements AutoCloseable {
  private final KvmFd fd;
  private final boolean owned;

  /** One of its own, which takes over its descriptor. */
  public Device(KvmFd fd) {
    this(fd, true);
  }

  private Device(KvmFd fd, boolean owned) {
    this.fd = fd;
    this.owned = owned;
  }

  /** The attributes of another handle, by its descriptor, which stays the handle's. */
  public static Device of(KvmFd fd) {
    return new Device(fd, false);
  }

  /** KVM_HAS_DEVICE_ATTR (api.rst 4.81): whether it has the attribute. */
  public boolean has(int group, long attribute) {
    try (Arena scratch = Arena.ofConfined()) {
      int result = fd.unsafeIoctl(Kvm.KVM_HAS_DEVICE_ATTR(), struct(group, attribute, 0, scratch));
      // ENXIO: not this attribute, EPERM: not now, the others: none at all.
      if (result == -Libc.ENXIO() || result == -Libc.ENOTTY() || result == -Libc.EINVAL()) {
        return false;
      }
      check(result, "KVM_HAS_DEVICE_ATTR", describe(group, attribute));
      return true;
    }
  }

  /**
   * KVM_GET_DEVICE_ATTR (api.rst 4.80). KVM writes as many bytes as the attribute has, whatever
   * {@code value} has: if that is less, this process's memory is damaged.
   *
   * @param value native memory
   */
  public void unsafeGet(int group, long attribute, MemorySegment value) {
    transfer(Kvm.KVM_GET_DEVICE_ATTR(), "KVM_GET_DEVICE_ATTR", group, attribute, value);
  }

  /**
   * KVM_SET_DEVICE_ATTR (api.rst 4.80). KVM reads as many bytes as the attribute has.
   *
   * @param value native memory
   */
  public void unsafeSet(int group, long attribute, MemorySegment value) {
    transfer(Kvm.KVM_SET_DEVICE_ATTR(), "KVM_SET_DEVICE_ATTR", group, attribute, value);
  }

  private void transfer(long request, String name, int group, long attribute, MemorySegment value) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment attr = struct(group, attribute, value.address(), scratch);
      check(Syscalls.ioctl(fd.number(), request, attr), name, describe(group, attribute));
    }
  }

  private static MemorySegment struct(int group, long attribute, long address, Arena arena) {
    MemorySegment attr = kvm_device_attr.allocate(arena);
    kvm_device_attr.group(attr, group);
    kvm_device_attr.attr(attr, attribute);
    kvm_device_attr.addr(attr, address);
    return attr;
  }

  private static String describe(int group, long attribute) {
    return String.format(Locale.ROOT, "group %d, attribute %d", group, attribute);
  }

  /** Closes the descriptor; a device lives as long as its VM. */
  @Override
  public void close() {
    if (owned) {
      fd.close();
    }
  }

  @Override
  public String toString() {
    return fd.toString();
  }
}
