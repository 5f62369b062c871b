// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.gdb;

import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.debug.GuestDebug.Watch;
import java.util.ArrayList;
import java.util.List;

/**
 * The breakpoints of a machine: the CPU's, at most four. None is written into memory, which is
 * another level's, or measured.
 */
final class Breakpoints {
  private static final int MOST = 4;

  /** One of them. */
  record Breakpoint(Watch watch, long address, int length) {}

  private final List<Breakpoint> set = new ArrayList<>();

  /** Adds one; false if there are four already, or there can be none like it. */
  boolean add(Breakpoint wanted) {
    if (set.contains(wanted)) {
      return true;
    }
    boolean possible =
        (wanted.length == 1 || wanted.length == 2 || wanted.length == 4 || wanted.length == 8)
            && wanted.address % wanted.length == 0;
    return possible && set.size() < MOST && set.add(wanted);
  }

  void remove(Breakpoint unwanted) {
    set.remove(unwanted);
  }

  Breakpoint get(int index) {
    return set.get(index);
  }

  int count() {
    return set.size();
  }

  /** What a vCPU is told. */
  GuestDebug wish(boolean step) {
    GuestDebug wish = set.isEmpty() && !step ? GuestDebug.off() : GuestDebug.on();
    for (int i = 0; i < set.size(); i++) {
      wish.hardwareBreakpoint(i, set.get(i).address, set.get(i).watch, set.get(i).length);
    }
    return step ? wish.singleStep() : wish;
  }
}
