// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.writers;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Finds who stores by the address of the instruction. Functions that store for whoever calls them
 * are their callers': they are leaves, so that the return address is on top of the stack. It tells
 * writers apart for whoever watches; code that wants to pass for another's can.
 */
public final class WriterFinder {
  /** Copies and fills of the kernel's, by the starts of their names. */
  private static final Set<String> LEAVES =
      Set.of(
          "memcpy", "__memcpy", "memset", "__memset", "memmove", "__memmove", "rep_movs", "copy_");

  /** What the kernel changes its own code by. */
  private static final Set<String> PATCHING =
      Set.of("__text_poke", "text_poke_memcpy", "text_poke_memset", "text_poke_early");

  private final KernelModules modules;
  private KernelSymbols symbols = KernelSymbols.none();

  /** A finder that knows no symbols yet. */
  public WriterFinder(KernelModules modules) {
    this.modules = modules;
  }

  /** The symbols from now on. */
  public void symbols(KernelSymbols known) {
    symbols = known;
  }

  /** The symbols that it knows. */
  public KernelSymbols symbols() {
    return symbols;
  }

  /**
   * Who it is.
   *
   * @param rip inside the instruction that stores
   * @param returnAddress what is on top of the stack
   */
  public Writer find(long rip, long returnAddress) {
    Writer direct = at(rip, rip);
    if (direct.kind() == Writer.Kind.KERNEL && isLeaf(symbols.name(rip))) {
      return at(returnAddress - 1, rip);
    }
    return direct;
  }

  /** The number of the module that an address of code belongs to, 0 if it is no driver's. */
  public int driverAt(long address) {
    return modules.at(address).filter(modules::isAssociated).map(KernelModule::number).orElse(0);
  }

  /** Who that is by now: what has gone is nobody, and comes back as somebody else. */
  public Writer now(Writer found) {
    return found.module() == 0 || modules.isAssociated(found.module())
        ? found
        : new Writer(Writer.Kind.UNKNOWN, 0, "", found.place());
  }

  private static boolean isLeaf(String name) {
    return LEAVES.stream().anyMatch(name::startsWith);
  }

  private Writer at(long address, long rip) {
    Optional<KernelModule> module = modules.at(address);
    if (module.isPresent()) {
      KernelModule it = module.get();
      String place = place(address, rip, it);
      return modules.isAssociated(it)
          ? new Writer(Writer.Kind.MODULE, it.number(), it.name(), place)
          : new Writer(Writer.Kind.UNKNOWN, 0, "", place);
    }
    String name = symbols.name(address);
    if (name.isEmpty()) {
      return new Writer(Writer.Kind.UNKNOWN, 0, "", String.format(Locale.ROOT, "%#x", address));
    }
    Writer.Kind kind = PATCHING.contains(name) ? Writer.Kind.PATCHING : Writer.Kind.KERNEL;
    return new Writer(kind, 0, "", called(symbols.describe(address), address, rip));
  }

  private String place(long address, long rip, KernelModule module) {
    long start =
        module.areas().stream().filter(area -> area.has(address)).findFirst().orElseThrow().start();
    return called(
        String.format(Locale.ROOT, "[%s]+%#x", module.name(), address - start), address, rip);
  }

  private String called(String place, long address, long rip) {
    return address == rip ? place : place + " by " + symbols.describe(rip);
  }
}
