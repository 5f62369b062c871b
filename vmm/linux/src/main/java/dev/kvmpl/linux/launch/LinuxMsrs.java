// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.launch;

import dev.kvmpl.enforcement.Level;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.cpu.MsrFilter;
import dev.kvmpl.kvm.cpu.MsrRange;
import java.util.List;

/**
 * The MSRs of a Linux guest: those that KVM has, but for those by which a guest tells the host to
 * write its memory. Such writes would not be judged. They are #GP, as on a CPU without them.
 */
public final class LinuxMsrs {
  /** KVM's clocks, steal time, page faults, EOI; Hyper-V's; what records into memory. */
  private static final List<MsrRange> HOSTS =
      List.of(
          new MsrRange(0x11, 2), // wall clock, system time, of old
          new MsrRange(0x4b564d00, 9), // the same and all later ones of KVM
          new MsrRange(0x40000000, 0x120), // Hyper-V's
          new MsrRange(0x560, 0x22), // processor trace
          new MsrRange(0x600, 1)); // debug store

  private LinuxMsrs() {}

  /** Has KVM serve all but those. */
  public static void hideHosts(Vm vm) {
    vm.filterMsrs(
        new MsrFilter(
            true, HOSTS.stream().map(range -> MsrFilter.Range.of(range, false)).toList()));
  }

  /** The permissions of a machine with Linux are about memory: its MSRs stay as they are. */
  public static Level.Msrs unasked() {
    return served -> {
      throw new IllegalStateException("nothing is asked about MSRs here");
    };
  }
}
