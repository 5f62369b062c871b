// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.irq;

import java.util.Locale;

/**
 * An interrupt as a write of 32 bits to the APICs (AMD manual volume 2, 16.11).
 *
 * @param address 0xfee00000, with the APIC's id in bits 12 to 19
 * @param data the vector in bits 0 to 7, and how it is delivered
 */
public record Msi(long address, int data) {
  private static final long APICS = 0xfee00000L;
  private static final int ID_SHIFT = 12;

  /** A vector, 0 to 255, for one APIC by its id, edge-triggered. */
  public static Msi to(int apicId, int vector) {
    return new Msi(APICS | (long) apicId << ID_SHIFT, vector);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%#x to %#x", data, address);
  }
}
