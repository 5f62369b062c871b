// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.processors.FailureReport;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Question;
import dev.kvmpl.processors.Turn;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.stores.PendingInstruction;
import dev.kvmpl.stores.PendingInstruction.Obstacle;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An instruction that one processor's vCPU is at, RIP and all, and that its level's permissions do
 * not let it get past. It is pending: once it is allowed the CPU executes it, and if it is refused
 * it ends with #GP, whose error code says so.
 *
 * <p>Its part in each page that the level may not access so is an attempt of its own, and the vCPU
 * does not run before all of them are allowed.
 */
public final class PendingAccess implements Question {
  private static final int VECTOR_GP = 13;

  private final Validation validation;
  private final PendingInstruction instruction;

  private @Nullable LevelVcpu vcpu;
  private boolean emulated;

  /** Which parts have been asked about: a bit each. */
  private int asked;

  private int part;

  /** On the parts before. */
  private Verdict soFar = Verdict.ALLOWED;

  /** Where the instruction is of which the guest kernel has been told. */
  private long reflectedAt;

  private Reflection reflection = Reflection.NONE;

  /** What has become of a pending access of which the guest kernel was told. */
  private enum Reflection {
    NONE,
    /** It has to ask. */
    TOLD,
    /** It has asked, and the vCPU is in its handler. */
    ASKED,
    /** It has done something else. */
    MISSED
  }

  PendingAccess(Validation validation) {
    this.validation = validation;
    this.instruction = new PendingInstruction(validation.memory(), validation.permissions());
  }

  /**
   * Looks at what the vCPU is at.
   *
   * @param byEmulator whether KVM's emulator has tried it
   */
  public Obstacle look(LevelVcpu by, boolean byEmulator) {
    vcpu = by;
    emulated = byEmulator;
    asked = 0;
    soFar = Verdict.ALLOWED;
    Obstacle obstacle = instruction.look(by);
    part = Math.max(0, instruction.nextClosed(by, 0));
    return obstacle;
  }

  /** What is pending. */
  public PendingInstruction instruction() {
    return instruction;
  }

  /** Has VMPL0 decide about the part; it runs next. */
  public void ask() {
    reflection = Reflection.NONE;
    put(true);
  }

  private void put(boolean byExit) {
    LevelVcpu by = by();
    asked |= 1 << part;
    if (byExit) {
      validation.exited(by, access(), gpa(), length(), data());
    }
    validation.launch(by, access(), gpa(), length(), data(), this);
  }

  /**
   * Tells the guest kernel of it by an interrupt; it has to ask then.
   *
   * @return whether it could be told: it needs a GHCB page, and interrupts enabled
   */
  public boolean reflect() {
    LevelVcpu by = by();
    GhcbPage ghcb = validation.ghcb(by);
    long rip = by.state().rip();
    boolean again = reflection != Reflection.NONE && reflectedAt == rip;
    if (again || ghcb == null || !by.cpu().acceptsInterrupt()) {
      return false;
    }
    ghcb.reportRefused(access(), gpa(), true, Verdict.NOT_DETECTED.code()); // unless it asks
    validation.permissions().catchUp(by.level()); // the handler's stack
    by.cpu().interrupt(Abi.KVMPL_VECTOR_REFLECT());
    reflection = Reflection.TOLD;
    reflectedAt = rip;
    return true;
  }

  /** Whether the guest kernel has been told of it and has not asked yet. */
  public boolean isReflected() {
    return reflection == Reflection.TOLD;
  }

  /** The guest kernel has not asked, so it will be refused when the vCPU comes to it again. */
  public void missed() {
    reflection = Reflection.MISSED;
  }

  /** As {@link #ask}, of what the guest kernel was told. */
  public void launch() {
    GhcbPage ghcb = validation.ghcb(by());
    if (ghcb != null) {
      ghcb.clearResult();
    }
    reflection = Reflection.ASKED;
    put(false);
  }

  /** Refuses it without asking VMPL0: nobody detected it. */
  public void refuseUndetected() {
    reflection = Reflection.NONE;
    asked |= 1 << part;
    record(Verdict.NOT_DETECTED, 0);
    refuse(Verdict.NOT_DETECTED);
  }

  @Override
  public Vmpl level() {
    return by().level();
  }

  @Override
  public Turn answered() {
    LevelVcpu by = by();
    Verdict verdict = validation.borneOut(validation.verdict(by), by, access(), gpa(), length());
    int next = verdict.done() ? instruction.nextClosed(by, part + 1) : PendingInstruction.NO_PART;
    if (next != PendingInstruction.NO_PART) {
      soFar = verdict.after(soFar);
      relaunched();
      part = next;
      put(true);
      return by.processor().vcpuOf(Vmpl.VMPL0).turn();
    }
    record(verdict.after(soFar), by.processor().request().owner());
    if (!verdict.done()) {
      if (instruction.mayHaveBegun(part, emulated)) {
        return new Turn.Failed(begun(verdict));
      }
      refuse(verdict);
    } else {
      validation.permissions().catchUp(by.level()); // the CPU itself stores
    }
    reflection = Reflection.NONE;
    relaunched();
    return by.turn();
  }

  /** Keeps what was judged: it is done whole or not at all, so all parts have one verdict. */
  private void record(Verdict verdict, int owner) {
    for (int i = 0; i <= part; i++) {
      if ((asked >> i & 1) != 0) {
        validation.judged(
            by(),
            instruction.access(i),
            instruction.gpa(i),
            instruction.length(i),
            seen(i, verdict),
            verdict,
            owner);
      }
    }
  }

  /** What a part stores, as far as that is known, or what it is going to load. */
  private long seen(int number, Verdict verdict) {
    boolean loads = instruction.access(number) == Access.READ && verdict.done();
    return loads && instruction.length(number) <= Long.BYTES
        ? validation.memory().load(instruction.gpa(number), instruction.length(number))
        : instruction.data(number);
  }

  /** The guest kernel's handler knows what to do; a driver is to be interrupted. */
  private void refuse(Verdict verdict) {
    LevelVcpu by = by();
    validation.reportRefused(by, access(), gpa(), true, verdict);
    if (reflection != Reflection.ASKED) {
      validation.permissions().catchUp(by.level()); // the handler's stack
      by.cpu().injectException(VECTOR_GP, Abi.KVMPL_GP_REFUSED());
    }
  }

  private String begun(Verdict verdict) {
    LevelVcpu by = by();
    return String.format(
            Locale.ROOT,
            "%s across a page's end is refused (%s at gpa %#x), and what it stores in an open page may"
                + " be in memory, by %s, driver %d",
            instruction.name(),
            verdict,
            gpa(),
            by.name(),
            validation.driverOf(by))
        + FailureReport.of(validation.memory(), by);
  }

  /** Why the vCPU does not get on. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "KVM retries for ever %s, where %s may not write",
        instruction.describe(part),
        by().name());
  }

  private void relaunched() {
    validation.relaunched(by(), access(), gpa(), length(), data());
  }

  /** What is asked about. */
  public Access access() {
    return instruction.access(part);
  }

  /** Its first byte. */
  public long gpa() {
    return instruction.gpa(part);
  }

  /** Its bytes. */
  public int length() {
    return instruction.length(part);
  }

  private long data() {
    return instruction.data(part);
  }

  private LevelVcpu by() {
    if (vcpu == null) {
      throw new IllegalStateException("nothing is pending");
    }
    return vcpu;
  }
}
