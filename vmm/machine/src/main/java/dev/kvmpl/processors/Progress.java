// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.kvm.state.Registers;
import java.util.Arrays;

/**
 * Whether a vCPU gets on, as far as its exits tell, and looks at the registers of one that makes
 * none. Belongs to the machine's lock.
 */
public final class Progress {
  private boolean quiet; // no exit since the last tick
  private boolean due;
  private byte[] seen = {};
  private int alike; // looks in a row that found the same registers, without an exit between

  /** The guest has left by itself. Part of every exit. */
  public void exited() {
    quiet = false;
    alike = 0;
  }

  /**
   * Once a period while it is the vCPU's turn.
   *
   * @return whether to look at it, because there was no exit in the whole period
   */
  public boolean tick() {
    due = quiet;
    quiet = true;
    return due;
  }

  /** Whether to look now that the guest has been made to leave, for this or another reason. */
  public boolean isDue() {
    boolean was = due;
    due = false;
    return was;
  }

  /** How many looks in a row, with this one, have found these registers. */
  public int look(Registers registers) {
    byte[] now = registers.save();
    alike = Arrays.equals(now, seen) && alike > 0 ? alike + 1 : 1;
    seen = now;
    return alike;
  }

  /** The same of the last look. */
  public int alike() {
    return alike;
  }
}
