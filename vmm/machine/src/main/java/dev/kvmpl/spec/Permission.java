// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.GhcbMsr;
import java.util.Locale;

/**
 * A driver may do {@code access} at the addresses, ports or MSRs {@code [start, end)}: at
 * addresses, whole pages.
 */
public record Permission(Access access, long start, long end) {
  public Permission {
    long limit = access.isOfPort() ? PORTS : LIMIT;
    if (start < 0 || start >= end || end > limit) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s of %d from %#x on, allowed is 0 to %#x",
              access.label(),
              end - start,
              start,
              limit - 1));
    }
    if (start <= GHCB_MSR && GHCB_MSR < end && !access.isOfMemory() && !access.isOfPort()) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "MSR %#x is the GHCB's", GHCB_MSR));
    }
    if (start < X2APIC_END && X2APIC < end && !access.isOfMemory() && !access.isOfPort()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "MSRs %#x to %#x are the x2APIC's, which KVM keeps to itself",
              X2APIC,
              X2APIC_END - 1));
    }
    if (access.isOfPort() && start <= Abi.KVMPL_PORT_PVALIDATE() && end > RMP_PORT) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "ports %#x to %#x are those of the instructions on the permissions database",
              RMP_PORT,
              Abi.KVMPL_PORT_PVALIDATE()));
    }
  }

  private static final long LIMIT = 1L << 32;
  private static final long X2APIC = 0x800;
  private static final long X2APIC_END = 0x900;
  private static final long PORTS = 1 << 16;
  private static final long RMP_PORT = Abi.KVMPL_PORT_RMPADJUST();
  private static final long GHCB_MSR = Integer.toUnsignedLong(GhcbMsr.INDEX);
}
