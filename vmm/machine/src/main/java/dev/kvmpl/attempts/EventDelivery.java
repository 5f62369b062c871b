// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import dev.kvmpl.processors.FailureReport;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Question;
import dev.kvmpl.processors.Turn;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;

/**
 * An access that a vCPU's level does not allow, on the way to the handler of an exception or an
 * interrupt: to its stack, or to a table. KVM does not emulate in the midst of that. The access is
 * judged like any other; if it is allowed KVM delivers the event anew, and if not nobody can: then
 * the machine ends, as where a CPU shuts down.
 */
final class EventDelivery implements Question {
  /** No more than one byte of it is certain. */
  private static final int LENGTH = 1;

  private final Validation validation;
  private final LevelVcpu vcpu;
  private final Access access;
  private final long gpa;

  EventDelivery(Validation validation, LevelVcpu vcpu, Access access, long gpa) {
    this.validation = validation;
    this.vcpu = vcpu;
    this.access = access;
    this.gpa = gpa;
  }

  /** Has VMPL0 decide; it runs next. */
  void ask() {
    validation.ask(vcpu, access, gpa, LENGTH, 0, this);
  }

  @Override
  public Vmpl level() {
    return vcpu.level();
  }

  @Override
  public Turn answered() {
    Verdict verdict = validation.borneOut(validation.verdict(vcpu), vcpu, access, gpa, LENGTH);
    validation.judged(vcpu, access, gpa, LENGTH, 0, verdict, vcpu.processor().request().owner());
    if (!verdict.done()) {
      return new Turn.Failed(
          String.format(
              Locale.ROOT,
              "%s cannot deliver an event: its %s of gpa %#x is refused (%s)%s",
              vcpu.name(),
              access == Access.WRITE ? "write" : "read",
              gpa,
              verdict,
              FailureReport.of(validation.memory(), vcpu)));
    }
    validation.permissions().catchUp(vcpu.level()); // KVM itself stores
    validation.relaunched(vcpu, access, gpa, LENGTH, 0);
    return vcpu.turn();
  }
}
