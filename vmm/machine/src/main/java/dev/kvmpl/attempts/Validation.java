// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import dev.kvmpl.drivers.DriverIdentity;
import dev.kvmpl.enforcement.PageChanges;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Processor;
import dev.kvmpl.processors.Question;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Policy;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.PagePermissions;
import org.jspecify.annotations.Nullable;

/**
 * How what was caught is judged: VMPL0 is asked on the processor of whoever attempted it, and the
 * database has to bear out what it answers. Belongs to the machine's lock, and allocates nothing.
 */
final class Validation {
  private final GuestMemory memory;
  private final Permissions permissions;
  private final DriverIdentity drivers;
  private final Observers observers;
  private final boolean tablesReported;
  private final Policy policy;

  /**
   * @param tablesReported whether VMPL0 has to see the page tables of whoever asks
   * @param policy what becomes of what VMPL0 refuses
   */
  Validation(
      GuestMemory memory,
      Permissions permissions,
      DriverIdentity drivers,
      Observers observers,
      boolean tablesReported,
      Policy policy) {
    this.memory = memory;
    this.permissions = permissions;
    this.drivers = drivers;
    this.observers = observers;
    this.tablesReported = tablesReported;
    this.policy = policy;
  }

  GuestMemory memory() {
    return memory;
  }

  Permissions permissions() {
    return permissions;
  }

  PageChanges changes() {
    return permissions.changes();
  }

  DriverIdentity drivers() {
    return drivers;
  }

  /** Whose an attempt on the vCPU is, 0 for the guest kernel's. */
  int driverOf(LevelVcpu by) {
    return drivers.driverOf(by);
  }

  /** Has VMPL0 decide what an exit has caught; it runs next. */
  void ask(LevelVcpu by, Access access, long at, int length, long data, Question question) {
    exited(by, access, at, length, data);
    launch(by, access, at, length, data, question);
  }

  /** An exit has caught something. */
  void exited(LevelVcpu by, Access access, long at, int length, long data) {
    step(Step.EXIT1, by, by, access, at, length, data);
  }

  /** As {@link #ask}, where the guest made the exit itself. */
  void launch(LevelVcpu by, Access access, long at, int length, long data, Question question) {
    Processor processor = by.processor();
    reportTables(by);
    processor.request().askToAccess(driverOf(by), by.level().number(), access, at, length, data);
    launched(by, access, at, length, data);
    processor.ask(question);
  }

  /** Prepares a question about the vCPU. */
  void reportTables(LevelVcpu by) {
    if (tablesReported) {
      by.processor().request().reportTables(by.cpu().pageTables());
    }
  }

  void launched(LevelVcpu by, Access access, long at, long length, long data) {
    step(
        Step.LAUNCH,
        by.processor().vcpuOf(dev.kvmpl.vmpl.Vmpl.VMPL0),
        by,
        access,
        at,
        length,
        data);
  }

  void relaunched(LevelVcpu by, Access access, long at, long length, long data) {
    step(Step.RELAUNCH, by, by, access, at, length, data);
  }

  private void step(
      Step step, LevelVcpu of, LevelVcpu by, Access access, long at, long length, long data) {
    observers.step(step, of.watched(), driverOf(by), access, at, length, data);
  }

  /** What VMPL0 has answered. */
  Verdict verdict(LevelVcpu by) {
    return verdict(by.processor().request().result());
  }

  /** The verdict behind VMPL0's result: only where it is to watch, a refusal can be none. */
  Verdict verdict(long result) {
    return policy == Policy.WATCH ? Verdict.watched(result) : Verdict.of(result);
  }

  /**
   * The database is the authority: a verdict that allows what the level still may not do is none.
   */
  Verdict borneOut(Verdict verdict, LevelVcpu by, Access access, long gpa, int length) {
    return verdict.done() && !permissions.allows(gpa, length, by.level(), needed(access))
        ? Verdict.NOT_GRANTED
        : verdict;
  }

  /** What a level needs for an access as far as is enforced: who may read may execute. */
  static int needed(Access access) {
    return access == Access.WRITE
        ? PagePermissions.READ | PagePermissions.WRITE
        : PagePermissions.READ;
  }

  /** The page in which whoever attempted it hears why it was refused; null if it has none. */
  @Nullable GhcbPage ghcb(LevelVcpu by) {
    return by.usableGhcb(permissions.rmp());
  }

  /**
   * Tells whoever attempted it that it was refused.
   *
   * @param pending whether its instruction has not been executed
   */
  void reportRefused(LevelVcpu by, Access access, long gpa, boolean pending, Verdict verdict) {
    GhcbPage ghcb = ghcb(by);
    if (ghcb != null) {
      ghcb.reportRefused(access, gpa, pending, verdict.code());
    }
  }

  /** Tells those who watch. */
  void judged(
      LevelVcpu by, Access access, long at, int length, long data, Verdict verdict, int owner) {
    if (observers.wantOperations()) {
      observers.judged(
          by.watched(),
          new Operation(driverOf(by), access, at, length, data, verdict, owner),
          true);
    }
  }

  /** Tells those who watch of what was asked about by its address alone. */
  void judgedAddress(LevelVcpu by, Access access, long at, int length, Verdict verdict, int owner) {
    if (observers.wantOperations()) {
      observers.judged(
          by.watched(), new Operation(driverOf(by), access, at, length, 0, verdict, owner), false);
    }
  }
}
