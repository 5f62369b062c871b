// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.vmpl.Vmpl;

/**
 * Where a vCPU was when its machine failed or was stopped.
 *
 * @param name as in messages
 * @param driver whose it was, 0 for no driver's
 * @param rip the instruction at which it was, or at which its guest gave up
 * @param registers for people
 */
public record StoppedVcpu(String name, Vmpl level, int driver, long rip, String registers) {}
