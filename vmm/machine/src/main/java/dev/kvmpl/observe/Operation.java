// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;

/**
 * One attempt of a driver.
 *
 * @param driver its number, 0 for the guest kernel itself
 * @param access what it attempted
 * @param gpa where: a guest-physical address, a port or an MSR
 * @param length bytes
 * @param data the bytes that were stored or read, little-endian; 0 for a fetch
 * @param verdict what VMPL0 said of it
 * @param owner whose page it is as far as the validator found, 0 for nobody's
 */
public record Operation(
    int driver, Access access, long gpa, int length, long data, Verdict verdict, int owner) {}
