// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.cpu;

import static dev.kvmpl.bindings.SyscallException.check;

import dev.kvmpl.bindings.kvm.kvm_cpuid2;
import dev.kvmpl.bindings.kvm.kvm_cpuid_entry2;
import dev.kvmpl.kvm.fd.KvmFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What CPUID answers, a value: a changed table is another one (struct kvm_cpuid2).
 *
 * @param entries in KVM's order, which decides if several answer the same
 */
public record CpuidTable(List<CpuidEntry> entries) {
  /** KVM_MAX_CPUID_ENTRIES: KVM has and takes no more. */
  private static final int ROOM = 256;

  public CpuidTable {
    entries = List.copyOf(entries);
  }

  /**
   * Asks KVM for a table.
   *
   * @param request of KVM_GET_SUPPORTED_CPUID, KVM_GET_EMULATED_CPUID (api.rst 4.46, 4.88) or
   *     KVM_GET_CPUID2 (api.rst 4.47), which are for different descriptors
   * @param name the request's
   */
  public static CpuidTable get(KvmFd fd, long request, String name) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment table = allocate(ROOM, scratch);
      check(fd.unsafeIoctl(request, table), name, ROOM + " entries"); // there is room for them
      List<CpuidEntry> entries = new ArrayList<>();
      for (int i = 0; i < Math.min(kvm_cpuid2.nent(table), ROOM); i++) {
        entries.add(read(kvm_cpuid_entry2.asSlice(entriesOf(table), i)));
      }
      return new CpuidTable(entries);
    }
  }

  /** Gives a vCPU this table, by KVM_SET_CPUID2's request (api.rst 4.21). */
  public void set(KvmFd vcpu, long request) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment table = allocate(entries.size(), scratch);
      for (int i = 0; i < entries.size(); i++) {
        write(entries.get(i), kvm_cpuid_entry2.asSlice(entriesOf(table), i));
      }
      check(vcpu.unsafeIoctl(request, table), "KVM_SET_CPUID2", entries.size() + " entries");
    }
  }

  /** What answers a leaf and subleaf. */
  public Optional<CpuidEntry> find(int function, int index) {
    return entries.stream().filter(entry -> entry.answers(function, index)).findFirst();
  }

  /** The table with this entry, in the place of those for the same leaf and subleaf. */
  public CpuidTable with(CpuidEntry entry) {
    List<CpuidEntry> changed = new ArrayList<>(without(entry.function(), entry.index()).entries);
    changed.add(entry);
    return new CpuidTable(changed);
  }

  /** The table without what answers a leaf and subleaf. */
  public CpuidTable without(int function, int index) {
    return new CpuidTable(
        entries.stream().filter(entry -> !entry.answers(function, index)).toList());
  }

  /** The table with each entry changed. */
  public CpuidTable map(UnaryOperator<CpuidEntry> change) {
    return new CpuidTable(entries.stream().map(change).toList());
  }

  private static MemorySegment allocate(int room, Arena arena) {
    MemorySegment table =
        arena.allocate(
            kvm_cpuid2.sizeof() + room * kvm_cpuid_entry2.sizeof(),
            kvm_cpuid2.layout().byteAlignment());
    kvm_cpuid2.nent(table, room);
    return table;
  }

  private static MemorySegment entriesOf(MemorySegment table) {
    return table.asSlice(kvm_cpuid2.sizeof());
  }

  private static CpuidEntry read(MemorySegment entry) {
    return new CpuidEntry(
        kvm_cpuid_entry2.function(entry),
        kvm_cpuid_entry2.index(entry),
        kvm_cpuid_entry2.flags(entry),
        kvm_cpuid_entry2.eax(entry),
        kvm_cpuid_entry2.ebx(entry),
        kvm_cpuid_entry2.ecx(entry),
        kvm_cpuid_entry2.edx(entry));
  }

  private static void write(CpuidEntry from, MemorySegment entry) {
    kvm_cpuid_entry2.function(entry, from.function());
    kvm_cpuid_entry2.index(entry, from.index());
    kvm_cpuid_entry2.flags(entry, from.flags());
    kvm_cpuid_entry2.eax(entry, from.eax());
    kvm_cpuid_entry2.ebx(entry, from.ebx());
    kvm_cpuid_entry2.ecx(entry, from.ecx());
    kvm_cpuid_entry2.edx(entry, from.edx());
  }

  /** An entry a line. */
  @Override
  public String toString() {
    return entries.stream().map(CpuidEntry::toString).collect(Collectors.joining("\n"));
  }
}
