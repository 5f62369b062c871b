// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.fd;

import static dev.kvmpl.bindings.SyscallException.check;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CHECK_EXTENSION;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_ENABLE_CAP;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.kvm.kvm_enable_cap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open file descriptor of KVM's, closed once, and what can be asked of any: every capability by
 * its number (KVM_CAP_... in {@link dev.kvmpl.bindings.kvm.Kvm}), every ioctl by its own. A closed
 * one refuses to tell its number. May be used from any thread, as far as KVM lets it.
 */
public final class KvmFd implements AutoCloseable {
  private static final int ENABLE_ARGUMENTS = 4;

  private final int number;
  private final String of;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Takes over an open file descriptor.
   *
   * @param of what it is, for people
   */
  public KvmFd(int number, String of) {
    this.number = number;
    this.of = of;
  }

  /**
   * The descriptor's number, for as long as it is open.
   *
   * @throws IllegalStateException once closed: the number may already be somebody else's
   */
  public int number() {
    if (closed.getPlain()) {
      throw new IllegalStateException(of + " is closed");
    }
    return number;
  }

  /**
   * KVM_CHECK_EXTENSION (api.rst 4.4), of /dev/kvm or of a VM, which may differ.
   *
   * @param capability KVM_CAP_...'s number
   * @return 0 if it is not there, else at least 1; what more it says depends on the capability
   */
  public int extension(int capability) {
    return extension(capability, Integer.toString(capability));
  }

  /** The same, with a name for the message if it fails. */
  public int extension(int capability, String name) {
    return check(
        Syscalls.ioctl(number(), KVM_CHECK_EXTENSION(), (long) capability),
        "KVM_CHECK_EXTENSION",
        name);
  }

  /**
   * KVM_ENABLE_CAP (api.rst 4.37) of a VM or a vCPU. A capability whose arguments are addresses is
   * one for {@link #unsafeIoctl(long, MemorySegment)}: this refuses none, because it cannot know.
   *
   * @param capability KVM_CAP_...'s number
   * @param arguments at most four; the others are 0
   * @throws SyscallException if KVM refuses
   */
  public void enable(int capability, long... arguments) {
    enable(capability, capability + ", " + Arrays.toString(arguments), arguments);
  }

  /** The same, with a description for the message if it fails. */
  public void enable(int capability, String description, long... arguments) {
    if (arguments.length > ENABLE_ARGUMENTS) {
      throw new IllegalArgumentException(arguments.length + " arguments, allowed are at most 4");
    }
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment enable = kvm_enable_cap.allocate(scratch);
      kvm_enable_cap.cap(enable, capability);
      MemorySegment.copy(
          arguments, 0, kvm_enable_cap.args(enable), ValueLayout.JAVA_LONG, 0, arguments.length);
      check(Syscalls.ioctl(number(), KVM_ENABLE_CAP(), enable), "KVM_ENABLE_CAP", description);
    }
  }

  /**
   * Has the kernel fill in a struct. Does not allocate.
   *
   * @throws SyscallException if KVM refuses
   */
  public <S extends KernelState> S get(S state) {
    int result = Syscalls.ioctl(number(), state.getRequest(), state.segment());
    if (result < 0) {
      throw new SyscallException("KVM_GET_" + state.kernelName(), "", -result);
    }
    return state;
  }

  /**
   * Gives the kernel a struct. Does not allocate.
   *
   * @throws SyscallException if KVM refuses
   */
  public void set(KernelState state) {
    int result = Syscalls.ioctl(number(), state.setRequest(), state.segment());
    if (result < 0) {
      throw new SyscallException("KVM_SET_" + state.kernelName(), state.toString(), -result);
    }
  }

  /**
   * Any ioctl with a struct. The kernel reads or writes as many bytes as the request's number says,
   * and more where the struct says so: if that is more than {@code argument} has, or the struct has
   * an address in it that is not the caller's, this process's memory is damaged.
   *
   * @param argument native memory
   * @return at least 0, or -errno
   */
  public int unsafeIoctl(long request, MemorySegment argument) {
    return Syscalls.ioctl(number(), request, argument);
  }

  /**
   * Any ioctl with a number, or none: 0. If the kernel takes it for an address, this process's
   * memory may be damaged.
   *
   * @return at least 0, or -errno
   */
  public int unsafeIoctl(long request, long argument) {
    return Syscalls.ioctl(number(), request, argument);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      Syscalls.close(number);
    }
  }

  @Override
  public String toString() {
    return closed.getPlain() ? of + ", closed" : of + ", fd " + number;
  }
}
