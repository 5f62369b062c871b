// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Processor;
import dev.kvmpl.processors.Question;
import dev.kvmpl.processors.Turn;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.RequestPage;
import dev.kvmpl.protocol.SvsmCall;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.stores.FaultedStore;
import dev.kvmpl.vmpl.Vmpl;
import org.jspecify.annotations.Nullable;

/**
 * An SVSM call that a lower level makes: its registers go to VMPL0 and back. Whether there is a
 * call at all is between the two levels, in the calling area.
 */
final class CalledService implements Question {
  private final Validation validation;
  private final LevelVcpu caller;
  private final SvsmCall call;
  private final @Nullable FaultedStore store;

  /** The answer, while VMPL0 is asked for the second page of a store. */
  private @Nullable SvsmCall first;

  /** The verdict on the first page. */
  private Verdict soFar = Verdict.ALLOWED;

  CalledService(Validation validation, LevelVcpu caller, GhcbPage ghcb, boolean emulated) {
    this.validation = validation;
    this.caller = caller;
    this.call = ghcb.call();
    this.store =
        FaultedStore.of(
            validation.memory(),
            validation.permissions(),
            validation.drivers(),
            emulated,
            caller,
            call);
  }

  /** Has VMPL0 serve it; it runs next. */
  void ask() {
    Processor processor = caller.processor();
    validation.reportTables(caller);
    processor.request().askToServe(validation.driverOf(caller), caller.level().number(), call);
    if (call.asksToValidate()) {
      validation.launched(caller, access(), call.rcx(), call.r8(), 0);
    }
    processor.ask(this);
  }

  @Override
  public Vmpl level() {
    return caller.level();
  }

  @Override
  public Turn answered() {
    RequestPage request = caller.processor().request();
    SvsmCall answer = first == null ? request.served() : first;
    Verdict verdict =
        first == null
            ? validation.verdict(answer.rax())
            : bornOut(validation.verdict(request.result())).after(soFar);
    if (first == null && verdict.done() && store != null && store.leadsToClosedPage()) {
      first = answer;
      soFar = verdict;
      askForSecond(request, store);
      return caller.processor().vcpuOf(Vmpl.VMPL0).turn();
    }
    GhcbPage ghcb = validation.ghcb(caller);
    if (ghcb != null) {
      ghcb.answerCall(
          call.asksToValidate()
              ? answer.with(result(answer, verdict), secondPage(verdict))
              : answer);
    }
    if (call.asksToValidate()) {
      judged(verdict, request.owner());
      validation.relaunched(caller, access(), call.rcx(), call.r8(), 0);
    }
    String problem = store == null ? null : store.problem(verdict.done());
    return problem == null ? caller.turn() : new Turn.Failed(problem);
  }

  /** A store across a page's end is done whole or not at all: both pages are judged before. */
  private void askForSecond(RequestPage request, FaultedStore asked) {
    request.askToAccess(
        validation.driverOf(caller),
        caller.level().number(),
        Access.WRITE,
        asked.secondGpa(),
        asked.secondBytes(),
        0);
    caller.processor().ask(this);
  }

  /**
   * What the caller hears: what it would be refused for is VMPL0's and the hypervisor's to know.
   */
  private long result(SvsmCall answer, Verdict verdict) {
    return first == null && !verdict.done() ? answer.rax() : verdict.code();
  }

  /** VMPL0's verdict on the second page, which the database has to bear out. */
  private Verdict bornOut(Verdict verdict) {
    return verdict.done() && store != null && store.leadsToClosedPage()
        ? Verdict.NOT_GRANTED
        : verdict;
  }

  /** The second page of a store, if VMPL0 has been asked for it and the caller may open it. */
  private long secondPage(Verdict verdict) {
    return first != null && store != null && verdict.done() ? store.secondPage() : 0;
  }

  private void judged(Verdict verdict, int owner) {
    validation.judgedAddress(caller, access(), call.rcx(), (int) call.r8(), verdict, owner);
    if (first != null && store != null) {
      validation.judgedAddress(
          caller, access(), store.secondGpa(), store.secondBytes(), verdict, owner);
    }
  }

  private Access access() {
    return Access.of((int) call.rdx());
  }
}
