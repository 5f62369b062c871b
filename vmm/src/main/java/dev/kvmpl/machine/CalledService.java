// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.SvsmCall;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;

/**
 * An SVSM call that a lower level makes: its registers go to VMPL0 and back. Whether there is a
 * call at all is between the two levels, in the calling area.
 */
final class CalledService implements Processor.Question {
  private final MachineParts parts;
  private final LevelVcpu caller;
  private final Recorder recorder;
  private final SvsmCall call;

  CalledService(MachineParts parts, LevelVcpu caller, GhcbPage ghcb, Recorder recorder) {
    this.parts = parts;
    this.caller = caller;
    this.recorder = recorder;
    this.call = ghcb.call();
  }

  /** Has VMPL0 serve it; it runs next. */
  void ask() {
    Processor processor = caller.processor();
    parts.reportTables(caller);
    processor.request().askToServe(caller.driver, caller.level().number(), call);
    if (call.asksToValidate()) {
      step(Step.LAUNCH, processor.vcpuOf(Vmpl.VMPL0));
    }
    processor.ask(this);
  }

  @Override
  public Vmpl level() {
    return caller.level();
  }

  @Override
  public Turn answered() {
    SvsmCall answer = caller.processor().request().served();
    GhcbPage ghcb = caller.usableGhcb(parts.rmp());
    if (ghcb != null) {
      ghcb.answerCall(answer);
    }
    if (call.asksToValidate()) {
      if (recorder.keepsOperations()) {
        recorder.judged(
            caller,
            Access.of((int) call.rdx()),
            call.rcx(),
            (int) call.r8(),
            Verdict.of(answer.rax()),
            caller.processor().request().owner());
      }
      step(Step.RELAUNCH, caller);
    }
    return caller.turn();
  }

  private void step(Step step, LevelVcpu vcpu) {
    recorder.step(step, vcpu, caller.driver, Access.of((int) call.rdx()), call.rcx(), call.r8(), 0);
  }
}
