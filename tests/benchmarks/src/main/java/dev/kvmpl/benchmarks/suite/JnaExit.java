// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import dev.kvmpl.benchmarks.guest.ResetGuest;
import dev.kvmpl.bindings.kvm.Kvm;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.TearDown;

/** The exit of {@link MmioExit} by JNA's direct mapping, the usual way before FFM. */
public class JnaExit extends Sampled {
  static {
    Native.register("c");
  }

  private final ResetGuest guest = new ResetGuest();
  private final int fd = guest.vcpu().fd().number();
  private final NativeLong request = new NativeLong(Kvm.KVM_RUN());
  private final NativeLong nothing = new NativeLong(0);

  /** ioctl(2). */
  private static native int ioctl(int fd, NativeLong request, NativeLong argument);

  @Benchmark
  public int exit() {
    int result = ioctl(fd, request, nothing);
    if (result < 0) {
      throw new IllegalStateException("KVM_RUN: " + Native.getLastError());
    }
    return result;
  }

  @Override
  void operate() {
    exit();
  }

  @TearDown
  public void close() {
    guest.close();
  }
}
