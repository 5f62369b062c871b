// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LongGuest;
import dev.kvmpl.kvm.exit.VcpuExit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.TearDown;

/**
 * From one level to another and back, with nothing done there: two vCPUs of two VMs, which one
 * thread runs in turn, each to its next write to the GHCB MSR.
 */
public class LevelSwitch extends Sampled {
  // b9 30 01 01 c0       mov $0xc0010130, %ecx
  // 0f 30             1: wrmsr
  // eb fc                jmp 1b
  private static final String CODE = "b9 30 01 01 c0 0f 30 eb fc";

  private final LongGuest lower = LongGuest.running(CODE);
  private final LongGuest higher = LongGuest.running(CODE);

  @Benchmark
  public VcpuExit thereAndBack() {
    lower.run(VcpuExit.WriteMsr.class);
    return higher.run(VcpuExit.WriteMsr.class);
  }

  @Override
  void operate() {
    thereAndBack();
  }

  @TearDown
  public void close() {
    higher.close();
    lower.close();
  }
}
