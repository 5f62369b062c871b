// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.linux.writers.WriterFinder;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Turn;
import dev.kvmpl.stores.CaughtStore;
import dev.kvmpl.stores.Misdirection;
import dev.kvmpl.stores.ToldStore;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;
import org.jspecify.annotations.Nullable;

/**
 * What one processor's Linux has tried to store in closed memory: VMPL0 is asked who may, and it is
 * stored whole or not at all. Belongs to the machine's lock.
 */
final class StoreAttempt implements Reflectable {
  private final LinuxSide side;
  private final CaughtStore store;
  private final Misdirection misdirection;

  private @Nullable LevelVcpu vcpu;
  private Writer writer = new Writer(Writer.Kind.UNKNOWN, 0, "", "");
  private String task = "";
  private long rip;
  private long next;
  private long stack;
  private int part;
  private long asked; // when: by how often something was closed or opened
  private Told reflection = Told.NOT;

  /**
   * @param shared whether anybody may do something meanwhile: another processor, or an interrupt's
   *     handler
   */
  StoreAttempt(LinuxSide side, boolean shared) {
    this.side = side;
    this.store = new CaughtStore(side.memory(), side.permissions(), by -> 0, shared);
    this.misdirection = new Misdirection(side.memory());
  }

  /**
   * Takes a store over from its exit, with all of its parts.
   *
   * @return null, or why the machine cannot go on
   */
  @Nullable String take(LevelVcpu by, VcpuExit.Mmio mmio) {
    vcpu = by;
    part = 0;
    reflection = Told.NOT;
    long gpa = mmio.gpa();
    if (!store.take(by, mmio)) {
      return "a store of more parts than KVM can tell of";
    }
    if (misdirection.isOfStore(by, gpa)) {
      return "the guest's page tables are in memory that it may not write";
    }
    Registers registers = by.cpu().registers();
    next = registers.rip();
    stack = registers.rsp();
    rip = next - 1; // KVM has retired it, unless it repeats
    WriterFinder writers = side.writers();
    writer = writers.find(rip, side.virtual().word(by.cpu(), registers.rsp()));
    task = side.tasks().running(by.cpu());
    return null;
  }

  /**
   * Stores it without asking: where it goes is open by now.
   *
   * @return null, or why that cannot be done exactly
   */
  @Nullable String complete() {
    return isOpen()
        ? store.complete(by(), true)
        : "a store that begins where it may by now, and goes on where it may not";
  }

  @Override
  public boolean isOpen() {
    ToldStore told = store.told();
    for (int i = 0; i < told.parts(); i++) {
      if (!side.isOpen(told.gpa(i), told.length(i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public @Nullable String finish() {
    LevelVcpu by = by();
    reflection = Told.NOT;
    Reflectable.answer(by, true);
    return store.complete(by, false);
  }

  @Override
  public void tell() {
    reflection = Told.WAITS;
    side.refusals().generalProtection(by());
  }

  @Override
  public boolean isAbout(LevelVcpu by, long at, long onStack) {
    return reflection == Told.WAITS && by == vcpu && at == next && onStack == stack;
  }

  @Override
  public void forget() {
    reflection = Told.NOT;
  }

  @Override
  public boolean isFree() {
    return reflection != Told.WAITS;
  }

  @Override
  public int driver() {
    return writer.module();
  }

  @Override
  public long gpa() {
    return store.told().gpa(0);
  }

  @Override
  public int length() {
    return store.told().length(0);
  }

  /** Whether it is a module's own instruction, and not one that stores for whoever calls. */
  boolean isDrivers() {
    return side.writers().driverAt(rip) != 0;
  }

  /** Has VMPL0 decide; it runs next. */
  @Override
  public void ask() {
    LevelVcpu by = by();
    Policy policy = side.policy();
    ToldStore told = store.told();
    writer = side.writers().now(writer);
    asked = part == 0 ? side.protection().changes() : asked;
    if (reflection == Told.NOT) {
      step(Step.EXIT1, by);
    } else {
      reflection = Told.ASKED;
    }
    step(Step.LAUNCH, by.processor().vcpuOf(Vmpl.VMPL0));
    by.processor()
        .request()
        .askToStore(
            writer.module(),
            by.level().number(),
            policy.row(writer),
            told.gpa(part),
            told.length(part),
            told.data(part),
            rip);
    by.processor().ask(this);
  }

  @Override
  public Vmpl level() {
    return Vmpl.VMPL1;
  }

  @Override
  public Turn answered() {
    LevelVcpu by = by();
    Decision decided = Decision.of(by.processor().request());
    Decision decision = reflection == Told.NOT ? decided : decided.told();
    if (side.isOutdated(writer, asked) && decision.stores() && !isOpen()) {
      part = 0;
      ask();
      return by.processor().vcpuOf(Vmpl.VMPL0).turn();
    }
    if (decision.stores() && part + 1 < store.told().parts()) {
      part++;
      ask();
      return by.processor().vcpuOf(Vmpl.VMPL0).turn();
    }
    String problem =
        decision.stores()
            ? store.complete(by, reflection == Told.NOT)
            : store.refused(by, decision.verdict());
    side.judged(attempt(decision));
    step(Step.RELAUNCH, by);
    if (problem != null) {
      return new Turn.Failed(problem);
    }
    if (decision.stores() && reflection == Told.NOT) {
      step(Step.COMPLETE, by);
    }
    if (reflection != Told.NOT) {
      Reflectable.answer(by, decision.stores());
      return by.turn();
    }
    side.refusals().refuse(by, decision.answer(), side.addressOf(by, store.told().gpa(0)));
    return by.turn();
  }

  private Attempt attempt(Decision decision) {
    ToldStore told = store.told();
    int length = 0;
    for (int i = 0; i < told.parts(); i++) {
      length += told.length(i);
    }
    return new Attempt(
        side.elapsedNs(),
        by().processor().apicId(),
        writer,
        task,
        side.what(told.gpa(0)),
        side.target(told.gpa(0)),
        told.gpa(0),
        length,
        told.data(0),
        told.parts(),
        decision.answer(),
        decision.verdict());
  }

  private void step(Step step, LevelVcpu of) {
    ToldStore told = store.told();
    side.step(step, of, writer, told.gpa(part), told.length(part), told.data(part));
  }

  private LevelVcpu by() {
    if (vcpu == null) {
      throw new IllegalStateException("nothing was caught");
    }
    return vcpu;
  }
}
