// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.cpu;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.kvm.kvm_msr_entry;
import dev.kvmpl.bindings.kvm.kvm_msr_list;
import dev.kvmpl.bindings.kvm.kvm_msrs;
import dev.kvmpl.bindings.libc.Libc;
import dev.kvmpl.kvm.fd.KvmFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Some MSRs with their values (struct kvm_msrs): a vCPU's own (api.rst 4.18, 4.19), or of /dev/kvm
 * those that say what the host can do (KVM_CAP_GET_MSR_FEATURES). For one thread at a time.
 */
public final class Msrs {
  private final MemorySegment msrs;
  private final int size;

  /** MSRs by their numbers, their values 0. */
  public Msrs(int... indices) {
    size = indices.length;
    msrs =
        Arena.ofAuto()
            .allocate(
                kvm_msrs.sizeof() + size * kvm_msr_entry.sizeof(),
                kvm_msrs.layout().byteAlignment());
    kvm_msrs.nmsrs(msrs, size);
    for (int i = 0; i < size; i++) {
      kvm_msr_entry.index(entry(i), indices[i]);
    }
  }

  /** As {@link #Msrs(int...)}. */
  public static Msrs of(List<Integer> indices) {
    return new Msrs(indices.stream().mapToInt(Integer::intValue).toArray());
  }

  /**
   * Asks which MSRs there are.
   *
   * @param request of KVM_GET_MSR_INDEX_LIST or KVM_GET_MSR_FEATURE_INDEX_LIST (api.rst 4.3)
   * @param name the request's
   */
  public static List<Integer> list(KvmFd kvm, long request, String name) {
    for (int room = 0; ; ) {
      try (Arena scratch = Arena.ofConfined()) {
        MemorySegment list =
            scratch.allocate(
                kvm_msr_list.sizeof() + (long) room * Integer.BYTES,
                kvm_msr_list.layout().byteAlignment());
        kvm_msr_list.nmsrs(list, room);
        int result = kvm.unsafeIoctl(request, list); // it has room for as many as nmsrs says
        if (result == -Libc.E2BIG() && kvm_msr_list.nmsrs(list) > room) {
          room = kvm_msr_list.nmsrs(list);
          continue;
        }
        if (result < 0) {
          throw new SyscallException(name, room + " MSRs", -result);
        }
        MemorySegment indices = list.asSlice(kvm_msr_list.sizeof());
        return IntStream.range(0, Math.min(kvm_msr_list.nmsrs(list), room))
            .mapToObj(i -> indices.getAtIndex(ValueLayout.JAVA_INT, i))
            .toList();
      }
    }
  }

  /**
   * Has KVM fill in the values, by KVM_GET_MSRS's request, or take them, by KVM_SET_MSRS's. It does
   * one after the other and stops at the first that it refuses. Does not allocate.
   *
   * @return how many it has done
   */
  public int transfer(KvmFd fd, long request, String name) {
    int done = fd.unsafeIoctl(request, msrs); // it has as many as nmsrs says
    if (done < 0) {
      throw new SyscallException(name, toString(), -done);
    }
    return done;
  }

  /** How many there are. */
  public int size() {
    return size;
  }

  /** The number of the {@code i}th. */
  public int index(int i) {
    return kvm_msr_entry.index(entry(i));
  }

  /** The value of the {@code i}th. */
  public long value(int i) {
    return kvm_msr_entry.data(entry(i));
  }

  /** Changes the value of the {@code i}th. */
  public void value(int i, long value) {
    kvm_msr_entry.data(entry(i), value);
  }

  private MemorySegment entry(int i) {
    return msrs.asSlice(
        kvm_msrs.sizeof() + Objects.checkIndex(i, size) * kvm_msr_entry.sizeof(),
        kvm_msr_entry.sizeof());
  }

  @Override
  public String toString() {
    return IntStream.range(0, size)
        .mapToObj(i -> String.format(Locale.ROOT, "%#x=%#x", index(i), value(i)))
        .collect(Collectors.joining(" "));
  }
}
