// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.fd.Closing;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.memory.ProtectedMapping;
import dev.kvmpl.memory.SlotMode;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;

/**
 * Permissions by mprotect(2): all of memory is one writable slot, over a mapping of the level's
 * own. A change binds at once, whatever the level's vCPUs do meanwhile: none finds memory missing.
 *
 * <p>An access that the mapping does not allow ends KVM_RUN with EFAULT, with RIP at the
 * instruction. Where KVM executes the guest by its emulator it is an MMIO exit as with slots, or an
 * instruction that KVM cannot emulate.
 */
public final class MappingEnforcement implements Enforcement {
  private static final int SLOT = 0;

  private final Rmp rmp;
  private final Vmpl level;
  private final ProtectedMapping mapping;
  private final PieceReserve reserve;

  /** What each page can be accessed for, as the mapping has it: a {@link SlotAccess}' rank. */
  private final byte[] access;

  /**
   * Makes a level's column of the database bind.
   *
   * @param vm the level's, closed before this
   * @param mapping of all of memory, owned by this
   * @param reserve of as many pieces of it as the host has for the level: {@link #reserve}
   */
  public MappingEnforcement(
      Vm vm, ProtectedMapping mapping, Rmp rmp, Vmpl level, PieceReserve reserve) {
    this.rmp = rmp;
    this.level = level;
    this.mapping = mapping;
    this.reserve = reserve;
    this.access = new byte[rmp.pages()];
    try {
      protect(0, access.length, true);
      long bytes = (long) access.length << PageRange.PAGE_SHIFT;
      // The mapping is closed after the VM.
      vm.unsafeSetSlot(SLOT, 0, bytes, mapping.hostAddress(0), SlotMode.READ_WRITE);
    } catch (RuntimeException | Error e) {
      Closing.after(e, mapping);
      throw e;
    }
  }

  /**
   * The pieces that a level's column of the database is made of, or may come to be.
   *
   * @param most that there can be
   */
  public static PieceReserve reserve(Rmp rmp, Vmpl level, int most) {
    return new PieceReserve(rmp, level, true, most);
  }

  @Override
  public boolean needsQuiet(int from, int to) {
    return false;
  }

  @Override
  public boolean hasRoom(int from, int to, int wanted) {
    return reserve.hasRoom(from, to, SlotAccess.of(wanted));
  }

  @Override
  public void limit(int pieces) {
    reserve.limit(pieces);
  }

  @Override
  public boolean follow(int from, int to) {
    protect(from, to, false);
    reserve.follow(rmp, level, from, to);
    return true;
  }

  /** Has runs of equal access protected alike, but for those that are so already. */
  private void protect(int from, int to, boolean all) {
    int run = from;
    while (run < to) {
      SlotAccess wanted = SlotAccess.of(rmp.access(run, level));
      boolean changes = all || access[run] != wanted.rank();
      int end = run + 1;
      while (end < to
          && SlotAccess.of(rmp.access(end, level)) == wanted
          && (all || access[end] != wanted.rank()) == changes) {
        end++;
      }
      if (changes) {
        mapping.protect(
            (long) run << PageRange.PAGE_SHIFT,
            (long) (end - run) << PageRange.PAGE_SHIFT,
            wanted != SlotAccess.ABSENT,
            wanted == SlotAccess.WRITABLE);
        for (int page = run; page < end; page++) {
          access[page] = (byte) wanted.rank();
        }
      }
      run = end;
    }
  }

  @Override
  public void close() {
    mapping.close();
  }
}
