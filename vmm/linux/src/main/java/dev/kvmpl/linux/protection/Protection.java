// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.protection;

import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.linux.boot.GuestMap;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.writers.KernelModule;
import dev.kvmpl.linux.writers.KernelSymbols;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.stores.StorePolicy;
import dev.kvmpl.protocol.tables.ValidatorTables;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What is closed of a Linux guest's memory, page by page: VMPL1 may read and execute it, and what
 * stores there is for VMPL0 to decide about. Belongs to the machine's lock.
 */
public final class Protection {
  private static final int OPEN = -1;

  private final VirtualMemory virtual;
  private final GuestMemory memory;
  private final Permissions permissions;
  private final Policy policy;
  private final ValidatorTables tables;
  private final int[] kinds; // by page: which of the protected things it is, or OPEN
  private final int[] owners; // by page: the module whose it is
  private final Listener listener;
  private List<Rmp.Run> atFirst = List.of();
  private final boolean[] unlocked; // by protected thing: whether it is open for now
  private long changes;

  /** Is told of each change. */
  @FunctionalInterface
  public interface Listener {
    /** From now on Linux may do that in {@code length} bytes, of {@link PagePermissions}. */
    void bound(long gpa, long length, int access);
  }

  /** Nothing is closed yet. */
  public Protection(
      VirtualMemory virtual,
      GuestMemory memory,
      Permissions permissions,
      Policy policy,
      Listener listener) {
    this.listener = listener;
    this.virtual = virtual;
    this.memory = memory;
    this.permissions = permissions;
    this.policy = policy;
    this.tables = new ValidatorTables(memory, MemoryLayout.PAYLOADS.tables());
    this.kinds = new int[PageRange.pageOf(memory.size())];
    this.owners = new int[kinds.length];
    this.unlocked = new boolean[policy.protects().size()];
    Arrays.fill(kinds, OPEN);
    write();
  }

  /** What cannot be protected as the policy wants; the message says why. */
  public static final class ImpossibleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** For this reason. */
    public ImpossibleException(String message) {
      super(message);
    }
  }

  /**
   * Closes what is the kernel's own.
   *
   * @param cpu by whose tables addresses lead somewhere
   */
  public void closeKernel(GuestCpu cpu, KernelSymbols symbols) {
    for (int kind = 0; kind < policy.protects().size(); kind++) {
      Protected what = policy.protects().get(kind);
      switch (what) {
        case Protected.KernelText text -> closeImage(cpu, symbols, kind, "_text", "_etext", text);
        case Protected.KernelRodata rodata ->
            closeImage(cpu, symbols, kind, "__start_rodata", "__end_rodata", rodata);
        case Protected.OfSymbol symbol -> {
          long at = address(symbols, symbol.name(), symbol);
          close(cpu, kind, 0, at, at + 1, symbol);
        }
        case Protected.OfRange range -> closePages(kind, 0, range.range(), range);
        case Protected.OfModule ignored -> {} // once it is there
      }
    }
    write();
    atFirst = permissions.rmp().column(Vmpl.VMPL1);
  }

  /** How often something was closed or opened: of two numbers that are alike nothing was. */
  public long changes() {
    return changes;
  }

  /** What Linux might do once the kernel's own was closed; empty if it has not come to that. */
  public List<Rmp.Run> atFirst() {
    return atFirst;
  }

  /** Whose closed memory is: modules'. */
  public List<Ownership> owners() {
    return areas().stream()
        .filter(area -> area.owner() != 0)
        .map(area -> new Ownership(area.range(), area.owner()))
        .toList();
  }

  /** Closes what the policy protects of a module that has started. */
  public void closeModule(GuestCpu cpu, KernelModule module) {
    for (int kind = 0; kind < policy.protects().size(); kind++) {
      if (policy.protects().get(kind) instanceof Protected.OfModule its
          && its.name().equals(module.name())) {
        for (KernelModule.Area area : module.areas()) {
          if (its.sections().contains(area.section())) {
            close(cpu, kind, module.number(), area.start(), area.end(), its);
          }
        }
      }
    }
    write();
  }

  /**
   * Opens all that is a module's, whose memory somebody else is going to have; what VMPL0 has
   * recorded as its is nobody's.
   */
  public void openModule(KernelModule module) {
    BitSet freed = new BitSet();
    for (int page = 0; page < kinds.length; page++) {
      if (kinds[page] != OPEN && owners[page] == module.number()) {
        int from = page;
        while (page < kinds.length && kinds[page] != OPEN && owners[page] == module.number()) {
          kinds[page] = OPEN;
          owners[page++] = 0;
        }
        bind(from, page, PagePermissions.ALL);
        freed.set(from, page);
      }
    }
    tables.withdraw(freed, module.number());
    write();
  }

  /** What VMPL0 has recorded as a module's after that had gone is nobody's. */
  public void withdraw(int module) {
    tables.withdraw(new BitSet(), module);
  }

  /**
   * Opens all that the policy calls so, until it is {@link #lock locked}: whoever runs the machine
   * wants it, the guest has no way to.
   *
   * @return how many pages that are, empty if the policy protects nothing of that name
   * @throws ImpossibleException if the host has no room for that: all of it is closed then
   */
  public OptionalInt unlock(String what) {
    try {
      return change(what, true);
    } catch (ImpossibleException e) {
      takeBack(what);
      throw e;
    }
  }

  /** Closes what was {@link #unlock unlocked}, and what has come to it meanwhile. */
  public OptionalInt lock(String what) {
    return change(what, false);
  }

  private OptionalInt change(String what, boolean open) {
    boolean known = false;
    int pages = 0;
    for (int kind = 0; kind < unlocked.length; kind++) {
      if (isCalled(kind, what)) {
        known = true;
        unlocked[kind] = open;
        pages += rebind(kind, this::bind);
      }
    }
    write();
    return known ? OptionalInt.of(pages) : OptionalInt.empty();
  }

  /** Closes what of it has been opened, for which there is always room. */
  private void takeBack(String what) {
    for (int kind = 0; kind < unlocked.length; kind++) {
      if (isCalled(kind, what)) {
        unlocked[kind] = false;
        rebind(kind, this::set);
      }
    }
    write();
  }

  private boolean isCalled(int kind, String what) {
    return policy.protects().get(kind).label().equals(what);
  }

  /** Has pages {@code [from, to)} have this access. */
  private interface Binding {
    void bind(int from, int to, int access);
  }

  /** Has all that is that thing be open or closed, as it shall be now. */
  private int rebind(int kind, Binding binding) {
    int pages = 0;
    for (int page = 0; page < kinds.length; page++) {
      if (kinds[page] == kind) {
        int from = page;
        while (page < kinds.length && kinds[page] == kind) {
          page++;
        }
        binding.bind(from, page, access(kind));
        pages += page - from;
      }
    }
    return pages;
  }

  private int access(int kind) {
    return unlocked[kind] ? PagePermissions.ALL : PagePermissions.READ_EXECUTE;
  }

  /** What is closed at a page: one of the protected things; null for nothing. */
  public @Nullable Protected at(long gpa) {
    int page = PageRange.pageOf(gpa);
    return page < kinds.length && isClosed(page) ? policy.protects().get(kinds[page]) : null;
  }

  private boolean isClosed(int page) {
    return kinds[page] != OPEN && !unlocked[kinds[page]];
  }

  private void closeImage(
      GuestCpu cpu, KernelSymbols symbols, int kind, String from, String to, Protected what) {
    long start = address(symbols, from, what);
    long end = address(symbols, to, what);
    long gpa = virtual.physical(cpu, start); // an image is in one piece
    long first = gpa & -PageRange.PAGE_SIZE;
    long length = end - (start & -PageRange.PAGE_SIZE);
    long pages = (length + PageRange.PAGE_SIZE - 1) & -PageRange.PAGE_SIZE;
    if (gpa == GuestCpu.UNMAPPED || length <= 0 || !memory.contains(first, pages)) {
      throw new ImpossibleException(
          String.format(
              Locale.ROOT,
              "%s is nowhere: %s at %#x, %s at %#x",
              what.label(),
              from,
              start,
              to,
              end));
    }
    closePages(kind, 0, new PageRange(first, first + pages), what);
  }

  private static long address(KernelSymbols symbols, String name, Protected what) {
    OptionalLong address = symbols.address(name);
    if (address.isEmpty()) {
      throw new ImpossibleException(
          what.label() + " cannot be protected: the kernel has no symbol " + name);
    }
    return address.getAsLong();
  }

  private void close(GuestCpu cpu, int kind, int owner, long from, long to, Protected what) {
    for (long at = from & -PageRange.PAGE_SIZE; at - to < 0; at += PageRange.PAGE_SIZE) {
      long gpa = virtual.physical(cpu, at);
      if (gpa != GuestCpu.UNMAPPED && memory.contains(gpa, 1)) {
        long start = gpa & -PageRange.PAGE_SIZE;
        closePages(kind, owner, new PageRange(start, start + PageRange.PAGE_SIZE), what);
      }
    }
  }

  /** What is closed already stays what it was. */
  private void closePages(int kind, int owner, PageRange range, Protected what) {
    if (range.start() < GuestMap.KERNEL || !memory.contains(range.start(), range.length())) {
      throw new ImpossibleException(
          String.format(
              Locale.ROOT,
              "%s cannot be protected: allowed is memory from %#x to %#x",
              what.label(),
              GuestMap.KERNEL,
              memory.size()));
    }
    for (int page = range.firstPage(); page < range.endPage(); page++) {
      if (kinds[page] == OPEN) {
        int from = page;
        while (page < range.endPage() && kinds[page] == OPEN) {
          kinds[page] = kind;
          owners[page++] = owner;
        }
        bind(from, page, access(kind));
      }
    }
  }

  private void bind(int from, int to, int access) {
    if (!permissions.level(Vmpl.VMPL1).enforcement().hasRoom(from, to, access)) {
      throw new ImpossibleException("the host has no room for one more piece of closed memory");
    }
    set(from, to, access);
  }

  private void set(int from, int to, int access) {
    PageRange range =
        new PageRange((long) from << PageRange.PAGE_SHIFT, (long) to << PageRange.PAGE_SHIFT);
    changes++;
    permissions.rmp().assign(range, Vmpl.VMPL1, access);
    permissions.follow(Vmpl.VMPL1, from, to);
    listener.bound(range.start(), range.length(), access);
  }

  /** Tells VMPL0. */
  private void write() {
    List<StorePolicy.Area> areas = areas();
    if (areas.size() > StorePolicy.AREAS_MAX) {
      throw new ImpossibleException(
          areas.size() + " pieces of closed memory, allowed are " + StorePolicy.AREAS_MAX);
    }
    StorePolicy.write(memory, areas, policy::answer);
  }

  private List<StorePolicy.Area> areas() {
    List<StorePolicy.Area> areas = new ArrayList<>();
    for (int page = 0; page < kinds.length; page++) {
      if (isClosed(page)) {
        int from = page;
        while (page + 1 < kinds.length
            && kinds[page + 1] == kinds[from]
            && owners[page + 1] == owners[from]) {
          page++;
        }
        areas.add(
            new StorePolicy.Area(
                new PageRange(
                    (long) from << PageRange.PAGE_SHIFT, (long) (page + 1) << PageRange.PAGE_SHIFT),
                kinds[from],
                owners[from]));
      }
    }
    return areas;
  }
}
