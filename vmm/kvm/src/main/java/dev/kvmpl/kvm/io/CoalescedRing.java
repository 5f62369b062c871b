// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.io;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kvmpl.bindings.kvm.kvm_coalesced_mmio;
import dev.kvmpl.bindings.kvm.kvm_coalesced_mmio_ring;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Locale;
import java.util.Optional;

/**
 * Writes that KVM has collected (struct kvm_coalesced_mmio_ring; api.rst 4.116). All vCPUs of a VM
 * have the same ring; its reader has to be one at a time.
 */
public final class CoalescedRing {
  private static final VarHandle COUNTER = JAVA_INT.varHandle();
  private static final long FIRST = kvm_coalesced_mmio_ring.first$offset();
  private static final long LAST = kvm_coalesced_mmio_ring.last$offset();

  private final MemorySegment ring;
  private final int size;

  /**
   * @param page the ring's page in a vCPU's run area
   */
  public CoalescedRing(MemorySegment page) {
    ring = page;
    size =
        (int) ((page.byteSize() - kvm_coalesced_mmio_ring.sizeof()) / kvm_coalesced_mmio.sizeof());
  }

  /**
   * A collected write.
   *
   * @param length bytes, 1 to 8
   * @param data little-endian, zero above
   */
  public record Write(IoAddress address, int length, long data) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%s %d: %#x", address, length, data);
    }
  }

  /** Takes the oldest; empty if there is none. */
  public Optional<Write> take() {
    int first = (int) COUNTER.getVolatile(ring, FIRST);
    if (first == (int) COUNTER.getVolatile(ring, LAST)) {
      return Optional.empty();
    }
    MemorySegment entry =
        kvm_coalesced_mmio.asSlice(
            ring.asSlice(kvm_coalesced_mmio_ring.sizeof()), Integer.remainderUnsigned(first, size));
    int length = kvm_coalesced_mmio.len(entry);
    long data = kvm_coalesced_mmio.data(entry).get(JAVA_LONG, 0);
    long address = kvm_coalesced_mmio.phys_addr(entry);
    Write write =
        new Write(
            kvm_coalesced_mmio.pio(entry) != 0
                ? new IoAddress.Port((int) address)
                : new IoAddress.Memory(address),
            length,
            length >= Long.BYTES ? data : data & ((1L << (length * Byte.SIZE)) - 1));
    COUNTER.setVolatile(ring, FIRST, Integer.remainderUnsigned(first + 1, size));
    return Optional.of(write);
  }
}
