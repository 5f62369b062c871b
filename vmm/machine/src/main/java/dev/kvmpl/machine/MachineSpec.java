// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.CodebaseTable;
import dev.kvmpl.protocol.GhcbMsr;
import dev.kvmpl.protocol.PermissionTable;
import dev.kvmpl.protocol.ValidatorTables;
import dev.kvmpl.vmpl.Vmpl;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a machine is made of.
 *
 * @param memorySize bytes, a multiple of 2 MiB, {@link Layout#MEMORY_MIN} to {@link
 *     Layout#MEMORY_MAX}
 * @param detection how an attempt is detected
 * @param restricted ranges of kernel memory in which no driver may do anything that it has to ask
 *     for
 * @param hidden ranges of kernel memory that drivers may not even read before they have asked
 * @param protectedVirtual guest-virtual ranges of kernel memory that shall lead where they lead at
 *     launch, and nothing else there: the memory behind them is restricted
 * @param contents what memory holds at launch, zeros elsewhere
 * @param codebases that decide what drivers may do; if there are none, the validator does by itself
 * @param drivers in the order in which they are started; driver numbers in results count from 1
 * @param kernel the payload that starts the drivers, at VMPL1
 * @param validator the payload that judges them, at VMPL0
 * @param timeLimit after which the machine is stopped
 * @param recording what is kept of the run
 */
public record MachineSpec(
    long memorySize,
    Detection detection,
    List<PageRange> restricted,
    List<PageRange> hidden,
    List<PageRange> protectedVirtual,
    List<Contents> contents,
    List<Codebase> codebases,
    List<Driver> drivers,
    PayloadImage kernel,
    PayloadImage validator,
    Duration timeLimit,
    Recording recording) {
  /** The most hidden ranges: each cuts the memory of every level below VMPL0. */
  public static final int HIDDEN_MAX = 1024;

  /** The most contents. */
  public static final int CONTENTS_MAX = 1024;

  public MachineSpec {
    restricted = List.copyOf(restricted);
    hidden = List.copyOf(hidden);
    protectedVirtual = List.copyOf(protectedVirtual);
    ValidatorTables.checkProtected(protectedVirtual);
    ValidatorTables.checkRestricted(restricted.size() + protectedVirtual.size());
    checkRoom("hidden ranges", hidden.size(), HIDDEN_MAX);
    checkRoom("contents", contents.size(), CONTENTS_MAX);
    contents = List.copyOf(contents);
    codebases = List.copyOf(codebases);
    drivers = List.copyOf(drivers);
    CodebaseTable.checkRoom(
        codebases.size(), codebases.stream().mapToInt(codebase -> codebase.decides().size()).sum());
    ValidatorTables.checkRoom(drivers.stream().mapToInt(driver -> driver.owns().size()).sum());
    PermissionTable.checkRoom(
        drivers.stream().mapToInt(driver -> driver.permissions().map(List::size).orElse(0)).sum());
    int vcpus = drivers.stream().mapToInt(driver -> driver.processors().size()).sum();
    if (detection != Detection.TRAP && drivers.stream().anyMatch(driver -> driver.cpl() != 0)) {
      throw new IllegalArgumentException("a hosted driver needs detection trap");
    }
    if (vcpus > BootInfo.DRIVERS_MAX) {
      throw new IllegalArgumentException(vcpus + " drivers, allowed are " + BootInfo.DRIVERS_MAX);
    }
  }

  private static void checkRoom(String what, int count, int most) {
    if (count > most) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%d %s, allowed are %d", count, what, most));
    }
  }

  /** The same machine with another way to detect. */
  public MachineSpec withDetection(Detection other) {
    return new MachineSpec(
        memorySize,
        other,
        restricted,
        hidden,
        protectedVirtual,
        contents,
        codebases,
        drivers,
        kernel,
        validator,
        timeLimit,
        recording);
  }

  /** The same machine with another validator. */
  public MachineSpec withValidator(PayloadImage other) {
    return new MachineSpec(
        memorySize,
        detection,
        restricted,
        hidden,
        protectedVirtual,
        contents,
        codebases,
        drivers,
        kernel,
        other,
        timeLimit,
        recording);
  }

  /**
   * A driver.
   *
   * @param name for people
   * @param level VMPL1 to VMPL3
   * @param processors where it runs, 0 to {@link BootInfo#PROCESSORS_MAX} - 1: on processor 0 in
   *     its turn, on others from the start
   * @param cpl 0; or {@link #HOSTED}, at VMPL1 on processor 0, with detection trap: it runs at CPL
   *     3 in an address space of its own
   * @param owns kernel memory that is assigned to it from the start
   * @param unload whether it is unloaded when it is done: what it owns is nobody's then
   * @param arguments at most {@link BootInfo#ARGUMENTS_MAX} numbers for its code
   * @param permissions what it may do, and nothing else; empty if nothing is stored about it: then
   *     it may do in memory what nobody keeps from it, and has no ports and no MSRs
   */
  public record Driver(
      String name,
      PayloadImage payload,
      Vmpl level,
      List<Integer> processors,
      int cpl,
      List<PageRange> owns,
      boolean unload,
      List<Long> arguments,
      Optional<List<Permission>> permissions) {
    /** The CPL of a driver that the guest kernel hosts. */
    public static final int HOSTED = Abi.KVMPL_CPL_HOSTED();

    public Driver {
      processors = List.copyOf(processors);
      owns = List.copyOf(owns);
      arguments = List.copyOf(arguments);
      permissions = permissions.map(List::copyOf);
      if (level == Vmpl.VMPL0 || processors.isEmpty()) {
        throw new IllegalArgumentException("a driver is at a level below VMPL0, on a processor");
      }
      if (cpl != 0 && (cpl != HOSTED || level != Vmpl.VMPL1 || !processors.equals(List.of(0)))) {
        throw new IllegalArgumentException("a hosted driver is at VMPL1 on processor 0");
      }
      if (arguments.size() > BootInfo.ARGUMENTS_MAX) {
        throw new IllegalArgumentException(
            arguments.size() + " arguments, allowed are " + BootInfo.ARGUMENTS_MAX);
      }
    }

    /** A driver at CPL 0 about which nothing is stored. */
    public Driver(
        String name,
        PayloadImage payload,
        Vmpl level,
        List<Integer> processors,
        List<PageRange> owns,
        boolean unload,
        List<Long> arguments) {
      this(name, payload, level, processors, 0, owns, unload, arguments);
    }

    /** A driver about which nothing is stored. */
    public Driver(
        String name,
        PayloadImage payload,
        Vmpl level,
        List<Integer> processors,
        int cpl,
        List<PageRange> owns,
        boolean unload,
        List<Long> arguments) {
      this(name, payload, level, processors, cpl, owns, unload, arguments, Optional.empty());
    }

    /** The same driver with permissions. */
    public Driver withPermissions(List<Permission> stored) {
      return new Driver(
          name, payload, level, processors, cpl, owns, unload, arguments, Optional.of(stored));
    }

    /** A driver at CPL 0, at VMPL1 on processor 0. */
    public Driver(String name, PayloadImage payload, List<PageRange> owns, List<Long> arguments) {
      this(name, payload, Vmpl.VMPL1, List.of(0), owns, false, arguments);
    }
  }

  /**
   * A driver may do {@code access} at the addresses, ports or MSRs {@code [start, end)}: at
   * addresses, whole pages.
   */
  public record Permission(Access access, long start, long end) {
    public Permission {
      if (start < 0 || start >= end || end > LIMIT) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "%s of %#x to %#x", access.label(), start, end));
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
      if (access.isOfPort() && end > PORTS) {
        throw new IllegalArgumentException(String.format(Locale.ROOT, "port %#x", end - 1));
      }
    }

    private static final long LIMIT = 1L << 32;
    private static final long X2APIC = 0x800;
    private static final long X2APIC_END = 0x900;
    private static final long PORTS = 1 << 16;
    private static final long RMP_PORT = Abi.KVMPL_PORT_RMPADJUST();
    private static final long GHCB_MSR = Integer.toUnsignedLong(GhcbMsr.INDEX);
  }

  /**
   * Code at VMPL0 that decides for some of kernel memory. It is measured when it is loaded and
   * again before each use, so it may not have anything that can be written.
   *
   * @param name for people
   * @param decides ranges that are in no other codebase's
   */
  public record Codebase(String name, PayloadImage payload, List<PageRange> decides) {
    public Codebase {
      decides = List.copyOf(decides);
      if (payload.writable()) {
        throw new IllegalArgumentException("codebase " + name + " has a segment that is writable");
      }
    }
  }

  /**
   * Bytes at an address.
   *
   * @param hex pairs of hex digits
   */
  public record Contents(long gpa, String hex) {
    byte[] bytes() {
      return HexFormat.of().parseHex(hex);
    }
  }

  /** How it is detected that a driver attempts what its level prohibits. */
  public enum Detection {
    /** The access is an exit to the hypervisor, which launches VMPL0. */
    TRAP("trap", Abi.KVMPL_DETECTION_TRAP()),
    /** The exit is reflected into the guest kernel, which asks for VMPL0. */
    REFLECT("reflect", Abi.KVMPL_DETECTION_REFLECT()),
    /** The guest kernel's page tables prohibit it too: it takes the fault and asks for VMPL0. */
    FAULT("fault", Abi.KVMPL_DETECTION_FAULT());

    private final String label;

    private final int number;

    Detection(String label, int number) {
      this.label = label;
      this.number = number;
    }

    /** The number by which guests know it. */
    public int number() {
      return number;
    }

    /** The name in documents. */
    public String label() {
      return label;
    }
  }

  /** How much is kept of a run. The run is the same whatever is kept. */
  public enum Recording {
    /** Nothing but the outcome and the counts of exits: for measuring. */
    NOTHING,
    /** Also every operation that was judged. */
    OPERATIONS,
    /** Also every step, and the operations that made no exit. */
    STEPS
  }
}
