// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.vmpl.GrantLedger;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A machine's permissions: the database, which is the authority, what has been granted in it, and
 * what makes it bind at each level. Belongs to the machine's lock.
 */
public final class Permissions {
  private final Rmp rmp;
  private final GrantLedger grants;
  private final PageChanges changes;
  private final GrantKind grant;
  private final boolean asksForMsrs;
  private final @Nullable Level[] levels = new @Nullable Level[Vmpl.values().length];

  /**
   * From now on {@code rmp} grants only what the levels can enforce.
   *
   * @param levels those that the machine has
   * @param changes of the pages; follows all that is opened here
   * @param grant when what is granted is open
   * @param asksForMsrs whether drivers' permissions are stored, so that each use of an MSR is an
   *     exit for VMPL0 to decide about
   */
  public Permissions(
      Rmp rmp, List<Level> levels, PageChanges changes, GrantKind grant, boolean asksForMsrs) {
    this.rmp = rmp;
    this.grants = new GrantLedger(rmp);
    this.changes = changes;
    this.grant = grant;
    this.asksForMsrs = asksForMsrs;
    levels.forEach(level -> this.levels[level.vmpl().number()] = level);
    rmp.limitTo(this::hasRoom);
  }

  /** The database. */
  public Rmp rmp() {
    return rmp;
  }

  /** What VMPL0 has granted in it. */
  public GrantLedger grants() {
    return grants;
  }

  /** When pages changed. */
  public PageChanges changes() {
    return changes;
  }

  /** Whether drivers' permissions are stored, so that ports and MSRs are asked for. */
  public boolean asksForRegisters() {
    return asksForMsrs;
  }

  /** Whether a level can access all of {@code [gpa, gpa + length)} as wanted. */
  public boolean allows(long gpa, long length, Vmpl level, int wanted) {
    return rmp.allows(gpa, length, level, wanted);
  }

  /** The levels that the machine has, from VMPL0 down. */
  public List<Level> levels() {
    return Arrays.stream(levels).filter(Objects::nonNull).toList();
  }

  /** A level that the machine has. */
  public Level level(Vmpl vmpl) {
    Level level = levels[vmpl.number()];
    if (level == null) {
      throw new IllegalStateException("no " + vmpl);
    }
    return level;
  }

  /**
   * Lets what enforces a level's permissions follow the database after pages {@code [from, to)}
   * changed in it. At a level that the machine does not have nothing binds anybody.
   */
  public void follow(Vmpl vmpl, int from, int to) {
    Level level = levels[vmpl.number()];
    if (level == null) {
      return;
    }
    try {
      if (level.follow(from, to)) {
        changes.change(from, to);
      }
    } catch (SyscallException e) {
      shutGates();
      throw e;
    }
  }

  /**
   * Whether a store to {@code [gpa, gpa + length)}, in one page, is what the page waits for: the
   * database lets the level write it, and what enforces that opens it when it is stored to again.
   */
  public boolean waitsForStore(Vmpl vmpl, long gpa, int length) {
    int page = PageRange.pageOf(gpa);
    return grant == GrantKind.STORE
        && level(vmpl).enforcement().nextBehind(page) == page
        && allows(gpa, length, vmpl, PagePermissions.READ | PagePermissions.WRITE);
  }

  /** Opens a page that the database has opened. */
  public void catchUp(Vmpl vmpl, long gpa) {
    int page = PageRange.pageOf(gpa);
    catchUp(level(vmpl), page, page + 1);
  }

  /**
   * Opens whatever the database has opened to a level, for who needs more than to have a store
   * done.
   *
   * @return whether there was anything
   */
  public boolean catchUp(Vmpl vmpl) {
    Level level = levels[vmpl.number()];
    if (level == null) {
      return false;
    }
    Enforcement enforcement = level.enforcement();
    int first = enforcement.nextBehind(0);
    boolean any = first != Enforcement.NOTHING;
    while (first != Enforcement.NOTHING) {
      int end = first + 1;
      while (enforcement.nextBehind(end) == end) {
        end++;
      }
      catchUp(level, first, end);
      first = enforcement.nextBehind(end);
    }
    return any;
  }

  /** VMPL0 has answered somebody at the level: what it has opened is open from now on. */
  public void answered(Vmpl vmpl) {
    if (grant == GrantKind.AHEAD) {
      catchUp(vmpl);
    }
  }

  private void catchUp(Level level, int from, int to) {
    try {
      level.catchUp(from, to);
      changes.change(from, to);
    } catch (SyscallException e) {
      shutGates();
      throw e;
    }
  }

  private boolean hasRoom(Vmpl vmpl, int from, int to, int access) {
    Level level = levels[vmpl.number()];
    return level == null || level.enforcement().hasRoom(from, to, access);
  }

  /** The database does not bind as it should any more: no guest may run on. */
  private void shutGates() {
    for (Level level : levels) {
      if (level != null) {
        level.gate().shut();
      }
    }
  }

  /**
   * Has KVM serve the MSRs of a level whose driver cannot use any, being at CPL 3: then they are
   * the guest kernel's. Else, where permissions are stored, each use of one is an exit.
   */
  public void serveMsrs(Vmpl vmpl, boolean kernelAlone) {
    Level level = levels[vmpl.number()];
    if (asksForMsrs && level != null) {
      level.msrs().exitOnMsrsBut(kernelAlone ? GuestMsrs.SERVED_BY_KVM : List.of());
    }
  }
}
