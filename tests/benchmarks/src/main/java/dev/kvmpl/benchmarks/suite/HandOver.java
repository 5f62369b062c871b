// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.Baton;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** From one vCPU's thread to another's and back; 16 of them at a time, for a clock to tell. */
public class HandOver extends Sampled {
  private static final int TIMES = 16;

  @Param({"same-thread", "spin", "spin-then-park", "park"})
  public String way = "same-thread";

  private @Nullable Baton baton;
  private volatile int turn;

  @Setup
  public void start() {
    baton =
        switch (way) {
          case "spin" -> Baton.spinning();
          case "spin-then-park" -> Baton.spinningThenParking();
          case "park" -> Baton.parking();
          default -> null;
        };
    if (baton != null) {
      baton.start();
    }
  }

  @Benchmark
  @OperationsPerInvocation(TIMES)
  public int thereAndBack() {
    for (int i = 0; i < TIMES; i++) {
      if (baton == null) {
        turn = 1;
        turn = 0;
      } else {
        baton.thereAndBack();
      }
    }
    return turn;
  }

  @Override
  void operate() {
    thereAndBack();
  }

  @TearDown
  public void stop() throws InterruptedException {
    if (baton != null) {
      baton.stop();
    }
  }
}
