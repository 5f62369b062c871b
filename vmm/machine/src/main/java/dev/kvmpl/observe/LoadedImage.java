// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.vmpl.Vmpl;

/**
 * A payload in a machine's memory.
 *
 * @param name the driver's or codebase's, {@code kernel} or {@code validator}
 * @param level whose code it is
 * @param gpa where its address 0 is
 */
public record LoadedImage(String name, Vmpl level, long gpa, PayloadImage payload) {
  /** Whether an address is inside it. */
  public boolean contains(long address) {
    return address >= gpa && address < gpa + payload.size();
  }
}
