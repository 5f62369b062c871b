// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.decode;

import dev.kvmpl.decode.CpuState;
import java.util.random.RandomGenerator;

/** Registers of which no two have anything in common. May be changed. */
final class RandomState implements CpuState {
  final long[] general = new long[16];
  final long fsBase;
  final long gsBase;
  long rip;
  long rflags;

  RandomState(RandomGenerator random) {
    for (int i = 0; i < general.length; i++) {
      general[i] = random.nextLong();
    }
    rip = random.nextLong();
    rflags = 2;
    fsBase = random.nextLong();
    gsBase = random.nextLong();
  }

  @Override
  public long general(int number) {
    return general[number];
  }

  @Override
  public long rip() {
    return rip;
  }

  @Override
  public long rflags() {
    return rflags;
  }

  @Override
  public long fsBase() {
    return fsBase;
  }

  @Override
  public long gsBase() {
    return gsBase;
  }
}
