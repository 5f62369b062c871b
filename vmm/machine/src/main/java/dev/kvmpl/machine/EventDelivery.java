// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.VcpuExit.KvmInternalError;
import dev.kvmpl.machine.RunResult.Operation;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;

/**
 * An access that a vCPU's level does not allow, on the way to the handler of an exception or an
 * interrupt: to its stack, or to a table. KVM does not emulate in the midst of that. The access is
 * judged like any other; if it is allowed KVM delivers the event anew, and if not nobody can: then
 * the machine ends, as where a CPU shuts down.
 */
final class EventDelivery implements Processor.Question {
  /** No more than one byte of it is certain. */
  private static final int LENGTH = 1;

  private final MachineParts parts;
  private final Recorder recorder;
  private final LevelVcpu vcpu;
  private final Access access;
  private final long gpa;

  EventDelivery(MachineParts parts, Recorder recorder, LevelVcpu vcpu, KvmInternalError error) {
    this.parts = parts;
    this.recorder = recorder;
    this.vcpu = vcpu;
    this.access = error.isWrite() ? Access.WRITE : Access.READ;
    this.gpa = error.gpa();
  }

  /**
   * Whether the event that KVM reports has been delivered already, so that the vCPU only has to run
   * again: the access comes once more, as an exit of its own.
   *
   * <p>EXITINTINFO has an event only if its bit V is set (AMD manual volume 2, 15.7.2). kvm_amd
   * (seen in 7.3) looks at the type alone, and the CPU may have left that of the event before
   * there. What KVM is going to deliver it knows for sure, but it does not tell of software
   * interrupts; of those the same report comes again. Does not allocate.
   */
  static boolean isOver(LevelVcpu vcpu, KvmInternalError error) {
    if (vcpu.vcpu().deliversEvent() || vcpu.ranAgainFor == error.gpa()) {
      return false;
    }
    vcpu.ranAgainFor = error.gpa();
    return true;
  }

  /** Has VMPL0 decide; it runs next. */
  void ask() {
    Processor processor = vcpu.processor();
    step(Step.EXIT1, vcpu);
    parts.reportTables(vcpu);
    processor.request().askToAccess(vcpu.driver, vcpu.level().number(), access, gpa, LENGTH, 0);
    step(Step.LAUNCH, processor.vcpuOf(Vmpl.VMPL0));
    processor.ask(this);
  }

  @Override
  public Vmpl level() {
    return vcpu.level();
  }

  @Override
  public Turn answered() {
    Verdict verdict = Verdict.of(vcpu.processor().request().result());
    int owner = vcpu.processor().request().owner();
    int needed =
        access == Access.WRITE
            ? PagePermissions.READ | PagePermissions.WRITE
            : PagePermissions.READ;
    // The database is the authority: the event is not delivered where the level still may not.
    if (verdict.done() && !parts.rmp().allows(gpa, LENGTH, vcpu.level(), needed)) {
      verdict = Verdict.NOT_GRANTED;
    }
    if (recorder.keepsOperations()) {
      recorder.judged(vcpu, new Operation(vcpu.driver, access, gpa, LENGTH, 0, verdict, owner));
    }
    if (!verdict.done()) {
      return new Turn.Failed(
          String.format(
              Locale.ROOT,
              "%s cannot deliver an event: its %s of gpa %#x is refused (%s)%s",
              vcpu.name(),
              access == Access.WRITE ? "write" : "read",
              gpa,
              verdict,
              FailureReport.of(parts.memory(), vcpu)));
    }
    step(Step.RELAUNCH, vcpu);
    return vcpu.turn();
  }

  private void step(Step step, LevelVcpu of) {
    recorder.step(step, of, vcpu.driver, access, gpa, LENGTH, 0);
  }
}
