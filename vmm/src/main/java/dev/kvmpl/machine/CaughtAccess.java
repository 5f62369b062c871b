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
import java.util.Locale;
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
  private final Straddle straddle;

  private @Nullable LevelVcpu vcpu;
  private VcpuExit.@Nullable Mmio load;
  private Access access = Access.WRITE;
  private boolean reflected;
  private long gpa;
  private int length;
  private long data;

  CaughtAccess(MachineParts parts, Processor processor, Recorder recorder) {
    this.parts = parts;
    this.processor = processor;
    this.recorder = recorder;
    this.straddle = new Straddle(parts.memory(), parts.rmp());
  }

  /**
   * Takes a store over from its exit.
   *
   * @return null, or why it cannot be completed exactly once
   */
  @Nullable String store(LevelVcpu by, VcpuExit.Mmio mmio) {
    take(by, Access.WRITE, mmio.gpa(), mmio.length(), mmio.data());
    // The next part of the same access, if there is one, is the next exit; the guest does not run.
    if (!(by.vcpu().finish() instanceof VcpuExit.Interrupted)) {
      return "a store of more than 8 bytes or across a page's end, which only detection fault can"
          + String.format(Locale.ROOT, " complete (first part: %d bytes at gpa %#x)", length, gpa);
    }
    return straddle.isPart(by.vcpu(), by.level(), gpa, length)
        ? "a store across a page's end, whose other part is in memory already, which only"
            + String.format(
                Locale.ROOT,
                " detection fault can complete (this part: %d bytes at gpa %#x)",
                length,
                gpa)
        : null;
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
    return true;
  }

  /** Whether the guest kernel has been told of a store and has not asked yet. */
  boolean isReflected() {
    return reflected;
  }

  /** Refuses the store without asking VMPL0: nobody detected it. */
  void refuseUndetected() {
    reflected = false;
    conclude(Verdict.NOT_DETECTED, 0);
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
  public LevelVcpu answered() {
    LevelVcpu by = by();
    Verdict verdict = Verdict.of(processor.request().result());
    // The database is the authority: nothing is done that the level still may not do.
    if (verdict.done() && !parts.rmp().allows(gpa, length, by.level(), needed(access))) {
      verdict = Verdict.NOT_GRANTED;
    }
    conclude(verdict, processor.request().owner());
    recorder.step(Step.RELAUNCH, by, by.driver, access, gpa, length, data);
    return by;
  }

  /** Carries the access out, or tells the driver why not. */
  private void conclude(Verdict verdict, int owner) {
    LevelVcpu by = by();
    if (!verdict.done()) {
      GhcbPage ghcb = by.usableGhcb(parts.rmp());
      if (ghcb != null) {
        ghcb.reportRefused(access, gpa, verdict.code());
      }
    }
    switch (access) {
      case WRITE -> {
        if (verdict.done()) {
          parts.memory().store(gpa, length, data);
        }
      }
      case READ -> {
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
      recorder.judged(by, new Operation(by.driver, access, gpa, length, data, verdict, owner));
    }
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
