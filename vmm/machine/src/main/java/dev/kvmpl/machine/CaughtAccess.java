// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.VcpuExit;
import dev.kvmpl.machine.RunResult.Operation;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import org.jspecify.annotations.Nullable;

/**
 * What one processor's vCPU attempted and its level's permissions caught: judged once, then carried
 * out whole or not at all.
 *
 * <p>Who carries it out differs. KVM has retired a store by the time of the exit, so it is done
 * here. A load waits for its data, which are put into the exit. A fetch is done anew by the vCPU.
 */
final class CaughtAccess implements Processor.Question {
  private static final int VECTOR_GP = 13;

  private final MachineParts parts;
  private final Processor processor;
  private final Recorder recorder;
  private final MachineEnd end;
  private final CaughtStore store;

  private @Nullable LevelVcpu vcpu;
  private VcpuExit.@Nullable Mmio load;
  private Access access = Access.WRITE;
  private boolean reflected;

  /** Whether the vCPU has run nothing since but what is to be judged. */
  private boolean atInstruction;

  // What VMPL0 is asked about: all of it, or the part of a store that is next.
  private long gpa;
  private int length;
  private long data;
  private int part;

  CaughtAccess(MachineParts parts, Processor processor, Recorder recorder, MachineEnd end) {
    this.parts = parts;
    this.processor = processor;
    this.recorder = recorder;
    this.end = end;
    this.store = new CaughtStore(parts);
  }

  /**
   * Takes a store over from its exit, with all of its parts.
   *
   * @return false if what comes after the exit is none of the store's
   */
  boolean store(LevelVcpu by, VcpuExit.Mmio mmio) {
    boolean taken = store.take(by, mmio);
    take(by, Access.WRITE, store.told().gpa(0), store.told().length(0), store.told().data(0));
    return taken;
  }

  /** Takes a load over. The parts of one that crosses a page's end are accesses of their own. */
  void load(LevelVcpu by, VcpuExit.Mmio mmio) {
    take(by, Access.READ, mmio.gpa(), mmio.length(), 0);
    load = mmio;
  }

  /** Takes an instruction fetch over, of which nobody can tell how long it is. */
  void fetch(LevelVcpu by, long at) {
    take(by, Access.EXECUTE, at, 1, 0);
  }

  private void take(LevelVcpu by, Access what, long at, int bytes, long value) {
    vcpu = by;
    access = what;
    gpa = at;
    length = bytes;
    data = value;
    part = 0;
    atInstruction = true;
  }

  /**
   * Tells the guest kernel of a store by an interrupt; it has to ask then.
   *
   * @return whether it could be told: it needs a GHCB page, and interrupts enabled
   */
  boolean reflect() {
    LevelVcpu by = by();
    GhcbPage ghcb = by.usableGhcb(parts.rmp());
    if (ghcb == null || !by.vcpu().acceptsInterrupt()) {
      return false;
    }
    ghcb.reportRefused(access, gpa, Verdict.NOT_DETECTED.code()); // unless the kernel asks
    by.vcpu().interrupt(Abi.KVMPL_VECTOR_REFLECT());
    reflected = true;
    atInstruction = false;
    return true;
  }

  /** Whether the guest kernel has been told of a store and has not asked yet. */
  boolean isReflected() {
    return reflected;
  }

  /** Refuses the store without asking VMPL0: nobody detected it. */
  void refuseUndetected() {
    reflected = false;
    String problem = conclude(Verdict.NOT_DETECTED, 0);
    if (problem != null) {
      end.failed(problem, null);
    }
  }

  /** Has VMPL0 decide; it runs next. */
  void ask() {
    LevelVcpu by = by();
    recorder.step(Step.EXIT1, by, by.driver, access, gpa, length, data);
    launch();
  }

  /** As {@link #ask}, where the guest made the exit itself. */
  void launch() {
    LevelVcpu by = by();
    GhcbPage ghcb = reflected ? by.usableGhcb(parts.rmp()) : null;
    if (ghcb != null) {
      ghcb.clearResult();
    }
    reflected = false;
    parts.reportTables(by);
    processor.request().askToAccess(by.driver, by.level().number(), access, gpa, length, data);
    recorder.step(Step.LAUNCH, processor.vcpuOf(Vmpl.VMPL0), by.driver, access, gpa, length, data);
    processor.ask(this);
  }

  @Override
  public Vmpl level() {
    return by().level();
  }

  @Override
  public Turn answered() {
    LevelVcpu by = by();
    Verdict verdict = Verdict.of(processor.request().result());
    // The database is the authority: nothing is done that the level still may not do.
    if (verdict.done() && !parts.rmp().allows(gpa, length, by.level(), needed(access))) {
      verdict = Verdict.NOT_GRANTED;
    }
    if (verdict.done() && access == Access.WRITE && part + 1 < store.told().parts()) {
      recorder.step(Step.RELAUNCH, by, by.driver, access, gpa, length, data);
      part++;
      gpa = store.told().gpa(part);
      length = store.told().length(part);
      data = store.told().data(part);
      ask();
      return processor.vcpuOf(Vmpl.VMPL0).turn();
    }
    String problem = conclude(verdict, processor.request().owner());
    recorder.step(Step.RELAUNCH, by, by.driver, access, gpa, length, data);
    return problem == null ? by.turn() : new Turn.Failed(problem);
  }

  /**
   * Carries the access out, or tells the driver why not.
   *
   * @return null, or why the machine cannot go on
   */
  private @Nullable String conclude(Verdict verdict, int owner) {
    LevelVcpu by = by();
    String problem = null;
    if (!verdict.done()) {
      GhcbPage ghcb = by.usableGhcb(parts.rmp());
      if (ghcb != null) {
        ghcb.reportRefused(access, gpa, verdict.code());
      }
    }
    switch (access) {
      case WRITE -> {
        problem = verdict.done() ? store.complete(by, atInstruction) : store.refused(by, verdict);
      }
      case READ -> {
        by.answeredAt(parts.changes().now());
        data = verdict.done() ? parts.memory().load(gpa, length) : 0;
        if (load != null) {
          load.answer(data);
        }
      }
      case EXECUTE -> {
        if (!verdict.done()) {
          by.vcpu().injectException(VECTOR_GP, 0);
        }
      }
      case PORT_READ, PORT_WRITE, MSR_READ, MSR_WRITE ->
          throw new IllegalStateException(access + " is CaughtRegister's");
    }
    if (recorder.keepsOperations()) {
      record(by, verdict, owner);
    }
    return problem == null ? null : problem + FailureReport.of(parts.memory(), by);
  }

  /** Keeps what was judged: a store is done whole or not at all, so all parts have one verdict. */
  private void record(LevelVcpu by, Verdict verdict, int owner) {
    for (int i = 0; i < part; i++) {
      ToldStore told = store.told();
      recorder.judged(
          by,
          new Operation(
              by.driver, access, told.gpa(i), told.length(i), told.data(i), verdict, owner));
    }
    recorder.judged(by, new Operation(by.driver, access, gpa, length, data, verdict, owner));
  }

  /** What a level needs for an access as far as slots can tell: who may read may execute. */
  private static int needed(Access access) {
    return access == Access.WRITE
        ? PagePermissions.READ | PagePermissions.WRITE
        : PagePermissions.READ;
  }

  private LevelVcpu by() {
    if (vcpu == null) {
      throw new IllegalStateException("nothing was caught");
    }
    return vcpu;
  }
}
