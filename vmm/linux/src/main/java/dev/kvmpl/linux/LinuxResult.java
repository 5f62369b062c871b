// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.observe.Outcome;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * What a run has shown.
 *
 * @param message empty if the guest switched itself off
 * @param elapsedNs from the first vCPU's start to the end
 * @param isProtected whether the guest has come to where what the policy protects of the kernel is
 *     closed
 * @param status with what the guest's command has ended, if it said so
 * @param attempts what VMPL0 has judged
 * @param lost how many more there were
 * @param unknownPorts how often ports without a device were used
 */
public record LinuxResult(
    Outcome outcome,
    String message,
    long elapsedNs,
    boolean isProtected,
    OptionalInt status,
    List<Attempt> attempts,
    long lost,
    SortedMap<Integer, Long> unknownPorts) {
  public LinuxResult {
    attempts = List.copyOf(attempts);
  }
}
