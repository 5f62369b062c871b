// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.script;

import dev.kvmpl.enforcement.Enforcement;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;

/** An enforcement that writes down what it has been told of each page. */
public final class BoundPages implements Enforcement {
  private final Rmp rmp;
  private final Vmpl level;
  private final byte[] access;
  private int room = Integer.MAX_VALUE;

  BoundPages(Rmp rmp, Vmpl level) {
    this.rmp = rmp;
    this.level = level;
    this.access = new byte[rmp.pages()];
    follow(0, rmp.pages());
  }

  /** What binds the level at a page: of {@link dev.kvmpl.vmpl.PagePermissions}. */
  public int access(int page) {
    return access[page];
  }

  @Override
  public boolean needsQuiet() {
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
  public void follow(int from, int to) {
    for (int page = from; page < to; page++) {
      access[page] = (byte) rmp.access(page, level);
    }
  }

  @Override
  public void close() {}
}
