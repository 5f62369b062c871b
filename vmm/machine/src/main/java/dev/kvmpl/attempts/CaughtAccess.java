// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.processors.FailureReport;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Question;
import dev.kvmpl.processors.Turn;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.stores.CaughtStore;
import dev.kvmpl.stores.Misdirection;
import dev.kvmpl.stores.ToldStore;
import dev.kvmpl.vmpl.Vmpl;
import org.jspecify.annotations.Nullable;

/**
 * What one processor's vCPU attempted and its level's permissions caught: judged once, then carried
 * out whole or not at all.
 *
 * <p>Who carries it out differs. KVM has retired a store by the time of the exit, so it is done
 * here. A load waits for its data, which are put into the exit. A fetch is done anew by the vCPU.
 */
public final class CaughtAccess implements Question {
  private static final int VECTOR_GP = 13;

  private final Validation validation;
  private final CaughtStore store;
  private final Misdirection misdirection;

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

  /** Which parts of a store are in pages that were granted before: a bit each. Nobody is asked. */
  private int granted;

  /** On the parts before. */
  private Verdict soFar = Verdict.ALLOWED;

  /**
   * @param shared whether other processors may do something meanwhile
   */
  CaughtAccess(Validation validation, boolean shared) {
    this.validation = validation;
    this.store =
        new CaughtStore(
            validation.memory(), validation.permissions(), validation.drivers(), shared);
    this.misdirection = new Misdirection(validation.memory());
  }

  /**
   * Takes a store over from its exit, with all of its parts.
   *
   * @return false if what comes after the exit is none of the store's
   */
  public boolean store(LevelVcpu by, VcpuExit.Mmio mmio) {
    boolean taken = store.take(by, mmio);
    ToldStore told = store.told();
    take(by, Access.WRITE, told.gpa(0), told.length(0), told.data(0));
    for (int i = 0; i < told.parts(); i++) {
      boolean waits =
          validation.permissions().waitsForStore(by.level(), told.gpa(i), told.length(i));
      granted |= waits ? 1 << i : 0;
    }
    next(notGranted(0));
    return taken;
  }

  /** Takes a load over. The parts of one that crosses a page's end are accesses of their own. */
  public void load(LevelVcpu by, VcpuExit.Mmio mmio) {
    take(by, Access.READ, mmio.gpa(), mmio.length(), 0);
    load = mmio;
  }

  /** Takes an instruction fetch over, of which nobody can tell how long it is. */
  public void fetch(LevelVcpu by, long at) {
    take(by, Access.EXECUTE, at, 1, 0);
  }

  /**
   * Whether the access that was taken over is none of the guest's: the exit tells of an entry of
   * its page tables, on the way to where the access was.
   */
  public boolean isMisdirected() {
    return load == null ? misdirection.isOfStore(by(), gpa) : misdirection.isOfLoad(by(), load);
  }

  private void take(LevelVcpu by, Access what, long at, int bytes, long value) {
    vcpu = by;
    load = null;
    access = what;
    gpa = at;
    length = bytes;
    data = value;
    part = 0;
    granted = 0;
    soFar = Verdict.ALLOWED;
    atInstruction = true;
  }

  /**
   * Tells the guest kernel of a store by an interrupt; it has to ask then.
   *
   * @return whether it could be told: it needs a GHCB page, and interrupts enabled
   */
  public boolean reflect() {
    LevelVcpu by = by();
    GhcbPage ghcb = validation.ghcb(by);
    if (ghcb == null || !by.cpu().acceptsInterrupt()) {
      return false;
    }
    ghcb.reportRefused(access, gpa, false, Verdict.NOT_DETECTED.code()); // unless the kernel asks
    validation.permissions().catchUp(by.level()); // the handler's stack
    by.cpu().interrupt(Abi.KVMPL_VECTOR_REFLECT());
    reflected = true;
    atInstruction = false;
    return true;
  }

  /** Whether the guest kernel has been told of a store and has not asked yet. */
  public boolean isReflected() {
    return reflected;
  }

  /**
   * Refuses the store without asking VMPL0: nobody detected it.
   *
   * @return null, or why the machine cannot go on
   */
  public @Nullable String refuseUndetected() {
    reflected = false;
    return conclude(Verdict.NOT_DETECTED, 0);
  }

  /** Whether all pages of the store were granted, and wait for it to be opened. */
  public boolean isGranted() {
    return part == store.told().parts();
  }

  /**
   * Opens the pages of a store that {@link #isGranted}, since writing goes on there, and does it.
   *
   * @return null, or why the machine cannot go on
   */
  public @Nullable String completeGranted() {
    LevelVcpu by = by();
    ToldStore told = store.told();
    for (int i = 0; i < told.parts(); i++) {
      validation.permissions().catchUp(by.level(), told.gpa(i));
    }
    String problem = store.complete(by, true);
    return problem == null ? null : problem + FailureReport.of(validation.memory(), by);
  }

  /** The first part from {@code from} on that is not granted; the number of parts if all are. */
  private int notGranted(int from) {
    int next = from;
    while (next < store.told().parts() && (granted >> next & 1) != 0) {
      next++;
    }
    return next;
  }

  /** Puts the question about a part of a store. */
  private void next(int number) {
    part = number;
    if (number < store.told().parts()) {
      gpa = store.told().gpa(number);
      length = store.told().length(number);
      data = store.told().data(number);
    }
  }

  /** Has VMPL0 decide; it runs next. */
  public void ask() {
    validation.ask(by(), access, gpa, length, data, this);
  }

  /** As {@link #ask}, where the guest made the exit itself. */
  public void launch() {
    GhcbPage ghcb = reflected ? validation.ghcb(by()) : null;
    if (ghcb != null) {
      ghcb.clearResult();
    }
    reflected = false;
    validation.launch(by(), access, gpa, length, data, this);
  }

  @Override
  public Vmpl level() {
    return by().level();
  }

  @Override
  public Turn answered() {
    LevelVcpu by = by();
    Verdict verdict = validation.borneOut(validation.verdict(by), by, access, gpa, length);
    int following = access == Access.WRITE ? notGranted(part + 1) : 0;
    if (verdict.done() && access == Access.WRITE && following < store.told().parts()) {
      validation.relaunched(by, access, gpa, length, data);
      soFar = verdict.after(soFar);
      next(following);
      ask();
      return by.processor().vcpuOf(Vmpl.VMPL0).turn();
    }
    String problem = conclude(verdict.after(soFar), by.processor().request().owner());
    validation.relaunched(by, access, gpa, length, data);
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
      validation.reportRefused(by, access, gpa, access == Access.EXECUTE, verdict);
    }
    switch (access) {
      case WRITE -> {
        problem = verdict.done() ? store.complete(by, atInstruction) : store.refused(by, verdict);
      }
      case READ -> {
        by.answeredAt(validation.changes().now());
        data = verdict.done() ? validation.memory().load(gpa, length) : 0;
        if (load != null) {
          load.answer(data);
        }
      }
      case EXECUTE -> {
        if (!verdict.done()) {
          validation.permissions().catchUp(by.level()); // the handler's stack
          by.cpu().injectException(VECTOR_GP, Abi.KVMPL_GP_REFUSED());
        }
      }
      case PORT_READ, PORT_WRITE, MSR_READ, MSR_WRITE ->
          throw new IllegalStateException(access + " is CaughtRegister's");
    }
    record(by, verdict, owner);
    return problem == null ? null : problem + FailureReport.of(validation.memory(), by);
  }

  /** Tells what was judged: a store is done whole or not at all, so all parts have one verdict. */
  private void record(LevelVcpu by, Verdict verdict, int owner) {
    ToldStore told = store.told();
    for (int i = notGranted(0); i < part; i = notGranted(i + 1)) {
      validation.judged(by, access, told.gpa(i), told.length(i), told.data(i), verdict, owner);
    }
    validation.judged(by, access, gpa, length, data, verdict, owner);
  }

  private LevelVcpu by() {
    if (vcpu == null) {
      throw new IllegalStateException("nothing was caught");
    }
    return vcpu;
  }
}
