// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.kvm.state.VcpuEvents;
import dev.kvmpl.kvm.sync.SavedRegisters;
import java.util.OptionalLong;

/** KVM's vCPU. Whoever made that closes it. */
public final class KvmCpu implements GuestCpu {
  private static final int VECTOR_PF = 14;

  private final Vcpu vcpu;

  /** What a machine needs of {@code vcpu}. */
  public KvmCpu(Vcpu vcpu) {
    this.vcpu = vcpu;
  }

  private record State(SavedRegisters registers) implements Saved {}

  @Override
  public void interruptibleByKick() {
    vcpu.interruptibleByKick();
  }

  @Override
  public VcpuExit run() {
    return vcpu.run();
  }

  @Override
  public VcpuExit finish() {
    return vcpu.finish();
  }

  @Override
  public Registers registers() {
    return vcpu.registers();
  }

  @Override
  public void setRegisters() {
    vcpu.setRegisters();
  }

  @Override
  public void enterLongMode(LongMode mode) {
    vcpu.enterLongMode(mode);
  }

  @Override
  public boolean is64Bit() {
    return vcpu.is64Bit();
  }

  @Override
  public Saved save() {
    return new State(vcpu.save());
  }

  @Override
  public void restore(Saved saved) {
    vcpu.restore(((State) saved).registers);
  }

  @Override
  public void dropEvents() {
    vcpu.dropEvents();
  }

  @Override
  public void interrupt(int vector) {
    vcpu.interrupt(vector);
  }

  @Override
  public void injectException(int vector, int errorCode) {
    vcpu.injectException(vector, errorCode);
  }

  @Override
  public void injectException(int vector) {
    vcpu.injectException(vector);
  }

  @Override
  public void injectPageFault(int errorCode, long virtualAddress) {
    VcpuEvents events = vcpu.get(new VcpuEvents());
    events.injectException(VECTOR_PF, errorCode);
    events.exceptionInjected(false);
    events.exceptionPending(true);
    events.exceptionHasPayload(true);
    events.exceptionPayload(virtualAddress);
    events.flags(Kvm.KVM_VCPUEVENT_VALID_PAYLOAD());
    vcpu.set(events);
  }

  @Override
  public boolean deliversEvent() {
    return vcpu.deliversEvent();
  }

  @Override
  public void faultAddress(long virtualAddress) {
    vcpu.faultAddress(virtualAddress);
  }

  @Override
  public boolean acceptsInterrupt() {
    return vcpu.acceptsInterrupt();
  }

  @Override
  public void requestInterruptWindow(boolean wanted) {
    vcpu.requestInterruptWindow(wanted);
  }

  @Override
  public long pageTables() {
    return vcpu.pageTables();
  }

  @Override
  public long fourLevelTables() {
    return vcpu.fourLevelTables();
  }

  @Override
  public long fsBase() {
    return vcpu.fsBase();
  }

  @Override
  public long gsBase() {
    return vcpu.gsBase();
  }

  @Override
  public long translate(long virtualAddress) {
    return vcpu.translate(virtualAddress);
  }

  @Override
  public void debug(GuestDebug wanted) {
    vcpu.debug(wanted);
  }

  @Override
  public long timeStampCounter() {
    return vcpu.timeStampCounter();
  }

  @Override
  public OptionalLong timeStampCounterKhz() {
    return vcpu.timeStampCounterKhz();
  }
}
