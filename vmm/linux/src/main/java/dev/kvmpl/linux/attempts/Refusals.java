// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.protocol.stores.StoreAnswer;

/** How a guest learns that a store of its was refused. */
public final class Refusals {
  private static final int VECTOR_GP = 13;

  /**
   * A write to a page that is there, with a reserved bit set in its entry: the guest's own tables
   * may allow the store, and Linux takes a fault that they do not explain for one that is over
   * already.
   */
  private static final int PF_ERROR = 1 | 1 << 1 | 1 << 3;

  /**
   * Tells it.
   *
   * @param address what a page fault is about
   */
  public void refuse(LevelVcpu by, StoreAnswer answer, long address) {
    if (answer == StoreAnswer.GP) {
      generalProtection(by);
    } else if (answer == StoreAnswer.PF) {
      by.cpu().injectPageFault(PF_ERROR, address);
    }
  }

  /** A general protection exception, by which Linux's own part is told of what it detects, too. */
  void generalProtection(LevelVcpu by) {
    by.cpu().injectException(VECTOR_GP, 0);
  }
}
