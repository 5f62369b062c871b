// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.script;

import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.processors.GuestCpu;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/** A vCPU that does what a test says. Virtual is physical, but where the test says otherwise. */
public final class ScriptedCpu implements GuestCpu {
  private final Registers registers = new Registers();
  private final Map<Long, Long> pages = new HashMap<>();

  /** What {@link #finish} returns before it says that the operation is complete. */
  public final Deque<VcpuExit> parts = new ArrayDeque<>();

  /** What {@link #run} returns, where what is tested runs the guest by itself. */
  public final Deque<VcpuExit> runs = new ArrayDeque<>();

  /** What a test looks at while it runs. */
  public Runnable whenRun = () -> {};

  /** What has been delivered: exceptions with their error codes, interrupts. */
  public final List<String> delivered = new ArrayList<>();

  /** What happened to it beside: the names of the methods. */
  public final List<String> calls = new ArrayList<>();

  public boolean acceptsInterrupt = true;
  public boolean deliversEvent;
  public boolean is64Bit = true;
  public boolean windowRequested;
  public long pageTables;
  public long fourLevelTables = UNMAPPED;
  public long faultAddress;
  public long gsBase;
  public int kicks;

  private static final class State implements Saved {
    private final byte[] registers;

    State(byte[] registers) {
      this.registers = registers;
    }
  }

  /** Lets a page lead elsewhere, or to {@link GuestCpu#UNMAPPED}. */
  public void map(long page, long to) {
    pages.put(page, to);
  }

  @Override
  public void interruptibleByKick() {}

  @Override
  public VcpuExit run() {
    VcpuExit exit = runs.poll();
    if (exit == null) {
      throw new AssertionError("a test hands exits over by itself");
    }
    calls.add("run");
    whenRun.run();
    return exit;
  }

  @Override
  public VcpuExit finish() {
    calls.add("finish");
    VcpuExit part = parts.poll();
    return part == null ? new VcpuExit.Interrupted() : part;
  }

  @Override
  public Registers registers() {
    return registers;
  }

  @Override
  public void setRegisters() {}

  @Override
  public void enterLongMode(LongMode mode) {
    calls.add("enterLongMode");
  }

  @Override
  public boolean is64Bit() {
    return is64Bit;
  }

  @Override
  public Saved save() {
    return new State(registers.save());
  }

  @Override
  public void restore(Saved saved) {
    calls.add("restore");
    registers.restore(((State) saved).registers);
  }

  @Override
  public void dropEvents() {
    calls.add("dropEvents");
  }

  @Override
  public void interrupt(int vector) {
    delivered.add("interrupt " + vector);
  }

  @Override
  public void injectException(int vector, int errorCode) {
    delivered.add("exception " + vector + " " + errorCode);
  }

  @Override
  public void injectException(int vector) {
    delivered.add("exception " + vector);
  }

  @Override
  public void injectPageFault(int errorCode, long virtualAddress) {
    delivered.add(String.format(Locale.ROOT, "page fault %#x at %#x", errorCode, virtualAddress));
  }

  @Override
  public boolean deliversEvent() {
    return deliversEvent;
  }

  @Override
  public void faultAddress(long virtualAddress) {
    faultAddress = virtualAddress;
  }

  @Override
  public boolean acceptsInterrupt() {
    return acceptsInterrupt;
  }

  @Override
  public void requestInterruptWindow(boolean wanted) {
    windowRequested = wanted;
  }

  @Override
  public long pageTables() {
    return pageTables;
  }

  @Override
  public long fourLevelTables() {
    return fourLevelTables;
  }

  @Override
  public long fsBase() {
    return 0;
  }

  @Override
  public long gsBase() {
    return gsBase;
  }

  @Override
  public long translate(long virtualAddress) {
    long page = virtualAddress & -4096;
    long to = pages.getOrDefault(page, page);
    return to == UNMAPPED ? UNMAPPED : to + (virtualAddress - page);
  }

  @Override
  public void debug(GuestDebug wanted) {
    calls.add("debug");
  }

  @Override
  public long timeStampCounter() {
    return 0;
  }

  @Override
  public OptionalLong timeStampCounterKhz() {
    return OptionalLong.empty();
  }
}
