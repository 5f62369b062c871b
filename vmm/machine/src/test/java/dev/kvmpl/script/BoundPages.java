// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.script;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.libc.Libc;
import dev.kvmpl.enforcement.Enforcement;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.BitSet;
import java.util.List;

/** An enforcement that writes down what it has been told of each page. */
public final class BoundPages implements Enforcement {
  private static final int READ_WRITE = PagePermissions.READ | PagePermissions.WRITE;

  private final Rmp rmp;
  private final Vmpl level;
  private final byte[] access;
  private final boolean lazy;
  private final BitSet behind = new BitSet();
  private boolean fails;
  private int room = Integer.MAX_VALUE;

  BoundPages(Rmp rmp, Vmpl level, boolean lazy) {
    this.rmp = rmp;
    this.level = level;
    this.lazy = lazy;
    this.access = new byte[rmp.pages()];
    follow(0, rmp.pages());
  }

  /** What the levels may do at first: their own areas all, kernel memory read. */
  static void assign(Rmp rmp, MemoryLayout layout) {
    PageRange kernelMemory =
        new PageRange(layout.kernelMemory(), (long) rmp.pages() << PageRange.PAGE_SHIFT);
    long hidden = ScriptedMachine.HIDDEN;
    for (Vmpl level : List.of(Vmpl.VMPL1, Vmpl.VMPL2, Vmpl.VMPL3)) {
      rmp.assign(kernelMemory, level, PagePermissions.READ_EXECUTE);
      rmp.assign(new PageRange(hidden, hidden + PageRange.PAGE_SIZE), level, PagePermissions.NONE);
      for (Vmpl owner : List.of(Vmpl.VMPL1, level)) {
        rmp.assign(layout.of(level).area(), owner, PagePermissions.ALL);
      }
    }
  }

  /** What binds the level at a page: of {@link dev.kvmpl.vmpl.PagePermissions}. */
  public int access(int page) {
    return access[page];
  }

  @Override
  public boolean needsQuiet(int from, int to) {
    return true;
  }

  @Override
  public boolean hasRoom(int from, int to, int wanted) {
    return room > 0;
  }

  @Override
  public void limit(int pieces) {
    room = pieces;
  }

  @Override
  public boolean follow(int from, int to) {
    boolean opens = false;
    boolean binds = false;
    for (int page = from; page < to; page++) {
      opens |= (rmp.access(page, level) & ~access[page]) != 0;
      boolean later = lazy && isOpening(page);
      behind.set(page, later);
      if (!later) {
        binds |= (rmp.access(page, level) & ~access[page]) != 0;
        access[page] = (byte) rmp.access(page, level);
      }
    }
    room -= opens ? 1 : 0;
    return binds;
  }

  private boolean isOpening(int page) {
    boolean writable = (rmp.access(page, level) & PagePermissions.WRITE) != 0;
    return writable && (access[page] & READ_WRITE) == PagePermissions.READ;
  }

  @Override
  public int nextBehind(int from) {
    return behind.nextSetBit(from);
  }

  /** From now on the host refuses. */
  public void failToCatchUp() {
    fails = true;
  }

  @Override
  public void catchUp(int from, int to) {
    if (fails) {
      throw new SyscallException("KVM_SET_USER_MEMORY_REGION", "", Libc.ENOMEM());
    }
    for (int page = from; page < to; page++) {
      access[page] = (byte) rmp.access(page, level);
    }
    behind.clear(from, to);
  }

  @Override
  public void close() {}
}
