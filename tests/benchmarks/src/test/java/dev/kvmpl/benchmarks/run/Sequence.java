// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import dev.kvmpl.bindings.kvm.Kvm;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The ioctls of one machine, as far as they can be the same in two programs: not where the memory
 * of a slot is in a process, nor which MSRs the filter lets through, which C has as one range.
 */
final class Sequence {
  private static final int HEX_DIGITS = 2;

  /** The last field of struct kvm_userspace_memory_region. */
  private static final int ADDRESS_OF_A_SLOT = 24;

  private final Map<Long, Integer> threads = new HashMap<>();
  private final Map<Integer, Integer> objects = new HashMap<>();

  private Sequence() {}

  /**
   * A line each, in their order; threads and objects are numbered as they come. Last are those that
   * each vCPU's thread makes before it waits for its turn: which one is first is the scheduler's.
   */
  static List<String> of(List<Ioctl> calls) {
    Sequence sequence = new Sequence();
    List<String> lines = new ArrayList<>();
    calls.stream()
        .filter(call -> !isOnce(call) && !isOfNoTurn(call))
        .map(sequence::line)
        .forEach(lines::add);
    calls.stream().filter(Sequence::isOfNoTurn).map(sequence::line).sorted().forEach(lines::add);
    return lines;
  }

  /** What both ask of /dev/kvm once is none of a machine's. */
  private static boolean isOnce(Ioctl call) {
    return call.request() == Kvm.KVM_GET_SUPPORTED_CPUID()
        || call.request() == Kvm.KVM_GET_VCPU_MMAP_SIZE();
  }

  private static boolean isOfNoTurn(Ioctl call) {
    return call.request() == Kvm.KVM_SET_SIGNAL_MASK();
  }

  private String line(Ioctl call) {
    return "thread %d, object %d: request %x, given %s"
        .formatted(
            threads.computeIfAbsent(call.thread(), _ -> threads.size()),
            objects.computeIfAbsent(call.descriptor(), _ -> objects.size()),
            call.request(),
            given(call));
  }

  private static String given(Ioctl call) {
    if (call.request() == Kvm.KVM_X86_SET_MSR_FILTER()) {
      return "a filter";
    }
    return call.request() == Kvm.KVM_SET_USER_MEMORY_REGION()
        ? call.given().substring(0, HEX_DIGITS * ADDRESS_OF_A_SLOT)
        : call.given();
  }
}
