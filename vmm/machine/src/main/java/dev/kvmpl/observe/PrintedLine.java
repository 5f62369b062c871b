// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.vmpl.Vmpl;

/**
 * A line that a guest has printed.
 *
 * @param tNs when it began, nanoseconds since launch
 * @param level whose console it is
 * @param vcpu the number of the vCPU whose console it is
 * @param driver who printed it, as it says itself, 0 for none
 * @param text without its end; as the guest wrote it
 */
public record PrintedLine(long tNs, Vmpl level, int vcpu, int driver, String text) {}
