// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.launch;

import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** The levels that a machine needs: the validator's, the guest kernel's and the drivers'. */
final class Levels {
  private Levels() {}

  static SortedSet<Vmpl> of(MachineSpec spec) {
    SortedSet<Vmpl> levels = new TreeSet<>(List.of(Vmpl.VMPL0, Vmpl.VMPL1));
    spec.drivers().forEach(driver -> levels.add(driver.level()));
    return levels;
  }
}
