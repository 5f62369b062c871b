// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.ResetGuest;
import dev.kvmpl.kvm.exit.VcpuExit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.TearDown;

/** A store to a read-only slot: KVM_EXIT_MMIO. */
public class MmioExit extends Sampled {
  private final ResetGuest guest = new ResetGuest();

  @Benchmark
  public VcpuExit exit() {
    VcpuExit exit = guest.vcpu().run();
    if (!(exit instanceof VcpuExit.Mmio)) {
      throw new IllegalStateException("KVM_EXIT_" + exit.name() + " instead of MMIO");
    }
    return exit;
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
