// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LongGuest;
import dev.kvmpl.kvm.exit.VcpuExit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.TearDown;

/**
 * CPUID, which KVM serves by itself: an exit that does not reach us. There are 256 between two that
 * do, whose part of the time is in it.
 */
public class CpuidExit extends Sampled {
  private static final int TIMES = 256;

  // be 00 01 00 00    1: mov $256, %esi
  // 31 c0             2: xor %eax, %eax
  // 0f a2                cpuid
  // ff ce                dec %esi
  // 75 f8                jnz 2b
  // e6 42                out %al, $0x42
  // eb ef                jmp 1b
  private static final String CODE = "be 00 01 00 00 31 c0 0f a2 ff ce 75 f8 e6 42 eb ef";

  private final LongGuest guest = LongGuest.running(CODE);

  @Benchmark
  @OperationsPerInvocation(TIMES)
  public VcpuExit cpuid() {
    return guest.run(VcpuExit.Io.class);
  }

  @Override
  void operate() {
    cpuid();
  }

  @TearDown
  public void close() {
    guest.close();
  }
}
