// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

import dev.kvmpl.observe.Outcome;
import java.util.SortedMap;

/**
 * What a run has shown.
 *
 * @param message empty if the guest switched itself off
 * @param elapsedNs from the first vCPU's start to the end
 * @param unknownPorts how often ports without a device were used
 */
public record LinuxResult(
    Outcome outcome, String message, long elapsedNs, SortedMap<Integer, Long> unknownPorts) {}
