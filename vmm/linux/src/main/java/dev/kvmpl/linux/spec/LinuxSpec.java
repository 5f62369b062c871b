// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.spec;

import dev.kvmpl.linux.boot.GuestMap;
import dev.kvmpl.linux.boot.InitialRamDisk;
import dev.kvmpl.linux.boot.KernelImage;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.writers.KernelState;
import dev.kvmpl.linux.writers.KernelSymbols;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.PayloadImage;
import java.util.Locale;

/**
 * What a machine with Linux is made of.
 *
 * @param validator what runs at VMPL0
 * @param initialRamDisk from which it starts, may be empty
 * @param commandLine ASCII; what the machine needs comes before it
 * @param processors 1 to {@link #PROCESSORS_MAX}
 * @param memorySize bytes, whole 2 MiB, {@link #MEMORY_MIN} to {@link #MEMORY_MAX}
 * @param enforcement by what Linux's permissions bind
 * @param detection trap, or reflect: Linux's own part detects what its modules attempt, once it is
 *     there
 * @param policy what is protected, once the agent in the guest has told where it is
 * @param symbols the kernel's, if there is no agent that tells them; else {@link
 *     KernelSymbols#none}
 */
public record LinuxSpec(
    PayloadImage validator,
    KernelImage kernel,
    InitialRamDisk initialRamDisk,
    String commandLine,
    int processors,
    long memorySize,
    EnforcementKind enforcement,
    Detection detection,
    Policy policy,
    KernelSymbols symbols) {
  /** The most processors. */
  public static final int PROCESSORS_MAX = BootInfo.PROCESSORS_MAX;

  /** The least memory that a distribution's kernel boots in, bytes. */
  public static final long MEMORY_MIN = 128L << 20;

  /** The most memory, bytes: what VMPL0's page tables reach. */
  public static final long MEMORY_MAX = MemoryLayout.MEMORY_MAX;

  private static final int LARGE_PAGE = 512 * PageRange.PAGE_SIZE;

  /**
   * What the machine asks of the kernel: the console is the serial port, code is where its symbols
   * say, no clock is the host's, a restart ends the machine.
   */
  private static final String NEEDED =
      "console=ttyS0 nokaslr no5lvl noreplace-smp tsc=reliable no_timer_check pci=off reboot=t panic=-1";

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException with what is wrong and what is allowed
   */
  public LinuxSpec {
    if (processors < 1 || processors > PROCESSORS_MAX) {
      throw new IllegalArgumentException(
          processors + " processors, allowed are 1 to " + PROCESSORS_MAX);
    }
    if (memorySize < MEMORY_MIN || memorySize > MEMORY_MAX || memorySize % LARGE_PAGE != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d MiB of memory, allowed are even numbers from %d to %d",
              memorySize >> 20,
              MEMORY_MIN >> 20,
              MEMORY_MAX >> 20));
    }
    if (detection == Detection.FAULT) {
      throw new IllegalArgumentException(
          "detection fault, allowed are trap and reflect: Linux's page tables are its own business");
    }
    if (symbols.count() > 0) {
      checkSymbols(symbols, policy);
    }
    int most = GuestMap.COMMAND_LINE_MAX - NEEDED.length() - 2; // a space, and the 0 at the end
    if (commandLine.length() > most || !commandLine.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      throw new IllegalArgumentException(
          "a command line of "
              + commandLine.length()
              + " characters, allowed are "
              + most
              + ", all of them printable ASCII");
    }
  }

  /** The same with detection trap. */
  public LinuxSpec(
      PayloadImage validator,
      KernelImage kernel,
      InitialRamDisk initialRamDisk,
      String commandLine,
      int processors,
      long memorySize,
      EnforcementKind enforcement,
      Policy policy,
      KernelSymbols symbols) {
    this(
        validator,
        kernel,
        initialRamDisk,
        commandLine,
        processors,
        memorySize,
        enforcement,
        Detection.TRAP,
        policy,
        symbols);
  }

  private static void checkSymbols(KernelSymbols symbols, Policy policy) {
    if (symbols.address(KernelState.SYMBOL).isEmpty()) {
      throw new IllegalArgumentException(
          "the kernel's symbols have no "
              + KernelState.SYMBOL
              + ": all of them are needed, as System.map has them, or /proc/kallsyms for root");
    }
    for (Protected what : policy.protects()) {
      if (what instanceof Protected.OfModule) {
        throw new IllegalArgumentException(
            what.label()
                + " cannot be protected without the agent, which tells where modules are: symbols"
                + " in a file are the kernel's alone");
      }
    }
  }

  /** All that the kernel is told. */
  public String wholeCommandLine() {
    return commandLine.isEmpty() ? NEEDED : NEEDED + " " + commandLine;
  }
}
