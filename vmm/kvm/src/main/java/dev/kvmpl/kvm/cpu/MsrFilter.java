// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.cpu;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_FILTER_DEFAULT_ALLOW;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_FILTER_DEFAULT_DENY;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_FILTER_READ;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_FILTER_WRITE;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_X86_SET_MSR_FILTER;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.kvm.kvm_msr_filter;
import dev.kvmpl.bindings.kvm.kvm_msr_filter_range;
import dev.kvmpl.kvm.fd.KvmFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.List;

/**
 * Which MSRs KVM serves to a guest (struct kvm_msr_filter; api.rst 4.97). What it does not is #GP,
 * or an exit where KVM_CAP_X86_USER_SPACE_MSR asks for it. Those of the x2APIC (0x800 to 0x8ff) no
 * filter reaches.
 *
 * @param servesOthers whether KVM serves the MSRs that are in no range
 * @param ranges at most 16
 */
public record MsrFilter(boolean servesOthers, List<Range> ranges) {
  /** One range of a filter can do this much: KVM_MSR_FILTER_MAX_RANGES. */
  public static final int MAX_RANGES = 16;

  private static final byte SERVED = (byte) 0xff;

  /**
   * MSRs with neighbouring numbers, and for each whether it is served.
   *
   * @param reads whether the range is about reads; if not they are as if it were not there
   * @param writes the same of writes
   * @param served a bit an MSR, from the first on
   */
  public record Range(MsrRange msrs, boolean reads, boolean writes, BitSet served) {
    public Range {
      served = (BitSet) served.clone();
    }

    /** Reads and writes of all of them, served or not. */
    public static Range of(MsrRange msrs, boolean served) {
      BitSet bits = new BitSet();
      bits.set(0, msrs.count(), served);
      return new Range(msrs, true, true, bits);
    }

    @Override
    public BitSet served() {
      return (BitSet) served.clone();
    }
  }

  public MsrFilter {
    ranges = List.copyOf(ranges);
    if (ranges.size() > MAX_RANGES) {
      throw new IllegalArgumentException(ranges.size() + " ranges, allowed are at most 16");
    }
  }

  /** Only these are served. */
  public static MsrFilter servingOnly(List<MsrRange> served) {
    return served.isEmpty() // a filter without a range would be none
        ? new MsrFilter(false, List.of(Range.of(new MsrRange(0, 1), false)))
        : new MsrFilter(false, served.stream().map(range -> Range.of(range, true)).toList());
  }

  /** All are served: no filter. */
  public static MsrFilter servingAll() {
    return new MsrFilter(true, List.of());
  }

  /** Gives a VM this filter, in the place of the one before. */
  public void set(KvmFd vm) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment filter = kvm_msr_filter.allocate(scratch);
      kvm_msr_filter.flags(
          filter, servesOthers ? KVM_MSR_FILTER_DEFAULT_ALLOW() : KVM_MSR_FILTER_DEFAULT_DENY());
      MemorySegment all = kvm_msr_filter.ranges(filter);
      for (int i = 0; i < ranges.size(); i++) {
        fill(kvm_msr_filter_range.asSlice(all, i), ranges.get(i), scratch);
      }
      // The addresses in it are of this arena, each of as many bits as its range has MSRs.
      int result = vm.unsafeIoctl(KVM_X86_SET_MSR_FILTER(), filter);
      if (result < 0) {
        throw new SyscallException("KVM_X86_SET_MSR_FILTER", toString(), -result);
      }
    }
  }

  private static void fill(MemorySegment range, Range from, Arena arena) {
    MsrRange msrs = from.msrs;
    long words = Math.ceilDiv((long) msrs.count(), Long.SIZE);
    MemorySegment bits = arena.allocate(words * Long.BYTES, Long.BYTES);
    if (from.served.cardinality() == msrs.count()) {
      bits.fill(SERVED);
    } else {
      byte[] some = from.served.toByteArray();
      MemorySegment.copy(
          MemorySegment.ofArray(some), 0, bits, 0, Math.min(some.length, bits.byteSize()));
    }
    kvm_msr_filter_range.flags(
        range,
        (from.reads ? KVM_MSR_FILTER_READ() : 0) | (from.writes ? KVM_MSR_FILTER_WRITE() : 0));
    kvm_msr_filter_range.base(range, msrs.first());
    kvm_msr_filter_range.nmsrs(range, msrs.count());
    range.set(ValueLayout.JAVA_LONG, kvm_msr_filter_range.bitmap$offset(), bits.address());
  }
}
