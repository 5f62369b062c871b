// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.stores;

import dev.kvmpl.decode.MemoryInstruction;
import dev.kvmpl.drivers.DriverIdentity;
import dev.kvmpl.enforcement.Level;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A store that a level's slots did not let through. KVM has computed it and told of it in parts;
 * what it would have put where the level may write is in memory. So two things can have gone wrong
 * by the time of the verdict. If that is no, a part of the store may have landed ({@link
 * #refused}). If it is yes, what is stored may have been made of bytes that another processor has
 * changed meanwhile ({@link #complete}).
 */
public final class CaughtStore {
  private final Permissions permissions;
  private final DriverIdentity drivers;
  private final GuestMemory memory;
  private final boolean shared;
  private final ToldStore told = new ToldStore();
  private final Readings readings;

  /** Whether its bytes have changed between the vCPU's entry and its exit, so nobody knows how. */
  private boolean outdated;

  public CaughtStore(
      GuestMemory memory, Permissions permissions, DriverIdentity drivers, boolean shared) {
    this.memory = memory;
    this.permissions = permissions;
    this.drivers = drivers;
    this.shared = shared;
    this.readings = new Readings(memory, permissions.rmp(), told);
  }

  /**
   * Takes a store over, all of it, and finishes the operation.
   *
   * @return false if what comes after the exit is none of the store's
   */
  public boolean take(LevelVcpu by, VcpuExit.Mmio first) {
    if (!told.take(by.cpu(), first, memory)) {
      return false;
    }
    // Before anything else runs on the vCPU, such as an interrupt's handler.
    if (shared || told.touchesPageEnd()) {
      readings.look(by);
    }
    outdated = false;
    for (int i = 0; i < told.parts(); i++) {
      outdated |= permissions.changes().since(told.gpa(i), by.computedSince());
    }
    return true;
  }

  /** What KVM has told of it. */
  public ToldStore told() {
    return told;
  }

  /**
   * Puts it into memory: all of it, once.
   *
   * @param atInstruction whether the vCPU's registers are those after the instruction
   * @return null, or why that cannot be done exactly
   */
  public @Nullable String complete(LevelVcpu by, boolean atInstruction) {
    if (!shared || readings.isPlain()) {
      told.store(memory);
    } else if (outdated || !replace(by.level())) {
      return atInstruction && repeat(by) ? null : stale(by, atInstruction);
    }
    for (int i = 0; i < told.parts(); i++) {
      permissions.changes().change(told.gpa(i));
    }
    return null;
  }

  /** Stores if memory holds what it held at the exit, and lets nobody come between. */
  private boolean replace(Vmpl vmpl) {
    if (told.parts() == 1 && GuestMemory.isReplaceable(told.gpa(0), told.length(0))) {
      return memory.replace(told.gpa(0), told.length(0), told.before(0), told.data(0));
    }
    Level level = permissions.level(vmpl);
    level.gate().close();
    try {
      boolean unchanged = told.isUnchanged(memory);
      if (unchanged) {
        told.store(memory);
      }
      return unchanged;
    } finally {
      level.gate().open();
    }
  }

  /** Has the CPU execute the instruction anew: the page is open now. */
  private boolean repeat(LevelVcpu by) {
    if (told.parts() > 1 || !readings.isOne()) {
      return false;
    }
    MemoryInstruction instruction = readings.one(by);
    if (instruction.isUnequal(by.state())) {
      return true; // and would have stored what was there
    }
    if (!instruction.isRepeatable(by.state())) {
      return false;
    }
    Registers registers = by.cpu().registers();
    int changed = instruction.changedRegister();
    if (changed >= 0) {
      registers.byNumber(changed, instruction.registerBefore(by.state(), told.data(0)));
    }
    registers.rip(registers.rip() - instruction.length());
    by.cpu().setRegisters();
    return true;
  }

  private String stale(LevelVcpu by, boolean atInstruction) {
    String remedy =
        atInstruction
            ? "have one processor open the page before others use it, or use one processor"
            : "detection trap repeats the instruction, and mapping executes it only once allowed";
    return String.format(
        Locale.ROOT,
        "%s's store of %d bytes at gpa %#x (%s) was computed before it was allowed, and %s has"
            + " changed what it was made of: with slots this cannot be done exactly; %s",
        who(by),
        told.bytes(),
        told.gpa(0),
        readings.describe(),
        atInstruction ? "another processor" : "somebody",
        remedy);
  }

  /**
   * It is not done.
   *
   * @return null, or why a part of it may have been
   */
  public @Nullable String refused(LevelVcpu by, Verdict verdict) {
    if (!told.touchesPageEnd() || !readings.mayBePart()) {
      return null;
    }
    return String.format(
        Locale.ROOT,
        "a store across a page's end, or one that can be read so, was refused (%s) with its part in"
            + " an open page in memory already: %d bytes at gpa %#x, by %s, are %s;"
            + " docs/security.md says which detection refuses it whole on which host",
        verdict.label(),
        told.bytes(),
        told.gpa(0),
        who(by),
        readings.describe());
  }

  private String who(LevelVcpu by) {
    return drivers.driverOf(by) == 0
        ? by.name()
        : String.format(Locale.ROOT, "driver %d on %s", drivers.driverOf(by), by.name());
  }
}
