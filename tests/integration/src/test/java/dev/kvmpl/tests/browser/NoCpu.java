// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.browser;

import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.observe.GuestClock;
import dev.kvmpl.observe.WatchedVcpu;
import java.util.OptionalLong;

/** The state of a vCPU that there is not. */
final class NoCpu implements WatchedVcpu.Cpu {
  private final Registers registers = new Registers();

  @Override
  public long rip() {
    return 0;
  }

  @Override
  public Registers registers() {
    return registers;
  }

  @Override
  public void setRegisters() {}

  @Override
  public long translate(long virtualAddress) {
    return -1;
  }

  @Override
  public void debug(GuestDebug wanted) {}

  @Override
  public GuestClock clock() {
    return new GuestClock(0, 0, OptionalLong.empty());
  }
}
