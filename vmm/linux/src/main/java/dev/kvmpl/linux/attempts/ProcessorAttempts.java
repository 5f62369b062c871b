// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.processors.LevelVcpu;
import org.jspecify.annotations.Nullable;

/**
 * What one processor's Linux tries to store in closed memory. With detection reflect Linux is told
 * of what a module's own instruction stores, of one at a time: what an interrupt's handler stores
 * meanwhile is judged without. Belongs to the machine's lock.
 */
public final class ProcessorAttempts {
  private final LinuxSide side;
  private final boolean reflects;
  private StoreAttempt store;
  private StoreAttempt toldStore;
  private PendingAttempt pending;
  private PendingAttempt toldPending;

  /**
   * @param shared whether other processors may do something meanwhile
   * @param reflects whether Linux is told of its modules' stores, once it says that it wants to be
   */
  public ProcessorAttempts(LinuxSide side, boolean shared, boolean reflects) {
    this.side = side;
    this.reflects = reflects;
    // While Linux has not asked, interrupts' handlers and other threads do something.
    this.store = new StoreAttempt(side, shared || reflects);
    this.toldStore = new StoreAttempt(side, shared || reflects);
    this.pending = new PendingAttempt(side);
    this.toldPending = new PendingAttempt(side);
  }

  /** What is done about a store next. */
  public sealed interface Next {}

  /** Nothing: the vCPU runs on. */
  public record RunsOn() implements Next {}

  /** VMPL0 has been asked. */
  public record Judged() implements Next {}

  /** The vCPU is at no store to closed memory. */
  public record NoStore() implements Next {}

  /** The machine cannot go on. */
  public record Fails(String reason) implements Next {}

  /**
   * A store that KVM has retired: it is judged, or done if it goes where Linux may store by now.
   *
   * @param opened whether it begins there
   */
  public Next retired(LevelVcpu by, VcpuExit.Mmio mmio, boolean opened) {
    String problem = store.take(by, mmio);
    if (problem == null && opened) {
      problem = store.complete();
    }
    if (problem != null) {
      return new Fails(problem);
    }
    if (opened) {
      return new RunsOn();
    }
    forgetUnasked(by);
    if (store.isDrivers() && canTell()) {
      StoreAttempt caught = store;
      store = toldStore;
      toldStore = caught;
      caught.tell();
      return new RunsOn();
    }
    store.ask();
    return new Judged();
  }

  /** The vCPU may be at a store that waits: then it is judged. */
  public Next waiting(LevelVcpu by) {
    if (!pending.look(by)) {
      return new NoStore();
    }
    if (toldPending.allows(by, pending)) {
      return toldPending.execute(by) instanceof SingleStep.Failed failed
          ? new Fails(failed.reason())
          : new RunsOn();
    }
    boolean otherThanAllowed = toldPending.isAllowedAt(by, pending);
    if (otherThanAllowed) {
      toldPending.forget();
    }
    forgetUnasked(by);
    if (!otherThanAllowed && pending.isDrivers() && canTell()) {
      PendingAttempt caught = pending;
      pending = toldPending;
      toldPending = caught;
      caught.tell();
      return new RunsOn();
    }
    pending.ask();
    return new Judged();
  }

  /** An exception about which nobody has asked is over if the same thread is there once more. */
  private void forgetUnasked(LevelVcpu by) {
    Registers registers = by.cpu().registers();
    Reflectable told = told(by, registers.rip(), registers.rsp());
    if (told != null) {
      told.forget();
    }
  }

  private boolean canTell() {
    return reflects && side.agent().detects() && toldStore.isFree() && toldPending.isFree();
  }

  /** Linux wants to know whether an exception is about a store, and of what. */
  public void caught(LevelVcpu by) {
    Registers registers = by.cpu().registers();
    Reflectable told = told(by, registers.rbx(), registers.rcx());
    registers.rbx(told == null ? 0 : told.driver());
    if (told != null) {
      registers.rcx(told.gpa());
      registers.rdx(told.length());
    }
    by.cpu().setRegisters();
  }

  /** Linux has detected a store, and asks: it is judged, or done if it may store there by now. */
  public Next detected(LevelVcpu by) {
    Registers registers = by.cpu().registers();
    Reflectable told = told(by, registers.rbx(), registers.rcx());
    if (told == null) {
      registers.rbx(Abi.KVMPL_DETECTED_NOTHING());
      by.cpu().setRegisters();
      return new RunsOn();
    }
    if (told.isOpen()) {
      String problem = told.finish();
      return problem == null ? new RunsOn() : new Fails(problem);
    }
    told.ask();
    return new Judged();
  }

  private @Nullable Reflectable told(LevelVcpu by, long rip, long stack) {
    return toldStore.isAbout(by, rip, stack)
        ? toldStore
        : toldPending.isAbout(by, rip, stack) ? toldPending : null;
  }
}
