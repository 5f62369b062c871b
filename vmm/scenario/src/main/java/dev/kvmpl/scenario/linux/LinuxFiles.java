// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario.linux;

import dev.kvmpl.linux.boot.InitialRamDisk;
import dev.kvmpl.linux.boot.KernelImage;
import dev.kvmpl.linux.boot.RamDisk;
import dev.kvmpl.linux.writers.KernelSymbols;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.payloads.LinuxAgent;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.input.InputFile;
import dev.kvmpl.spec.PayloadImage;
import java.io.IOException;
import java.nio.file.Path;

/** The files that a machine with Linux is made of. */
public final class LinuxFiles {
  /** Where Debian's busybox-static puts it. */
  private static final Path BUSYBOX = Path.of("/bin/busybox");

  /** The largest file, bytes. */
  private static final int FILE_MAX = 256 << 20;

  private LinuxFiles() {}

  /** A kernel's image. */
  public static KernelImage kernel(Path file) throws ScenarioException {
    try {
      return KernelImage.of(InputFile.read(file, FILE_MAX));
    } catch (KernelImage.MalformedException e) {
      throw new ScenarioException(file + ": " + e.getMessage());
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** An initial RAM disk of the user's. */
  public static InitialRamDisk ramDisk(Path file) throws ScenarioException {
    try {
      return new InitialRamDisk(InputFile.read(file, FILE_MAX));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** A kernel's symbols, for a guest without the agent. */
  public static KernelSymbols symbols(Path file) throws ScenarioException {
    try {
      KernelSymbols symbols = KernelSymbols.of(InputFile.read(file, FILE_MAX));
      if (symbols.count() == 0) {
        throw new ScenarioException(
            file
                + ": no symbols of a kernel: a line is an address, a type and a name, as in"
                + " System.map, or in /proc/kallsyms for root");
      }
      return symbols;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** kvmpl's own, with busybox and a shell on the console. */
  public static RamDisk ramDisk() throws ScenarioException {
    return RamDisk.withBusybox(busybox(), LinuxAgent.bytes());
  }

  /** What comes before one of the user's, so that something in it can be protected. */
  public static RamDisk agent() throws ScenarioException {
    return RamDisk.ofAgent(busybox(), LinuxAgent.bytes());
  }

  private static byte[] busybox() throws ScenarioException {
    try {
      return InputFile.read(BUSYBOX, FILE_MAX);
    } catch (IOException e) {
      throw new ScenarioException(BUSYBOX + ": cannot be read: install busybox-static");
    }
  }

  /** Any other file that a guest gets. */
  public static byte[] any(Path file) throws ScenarioException {
    try {
      return InputFile.read(file, FILE_MAX);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** The validator that runs at VMPL0. */
  public static PayloadImage validator() {
    try {
      return PayloadImage.parse(BuiltInPayload.VALIDATOR.bytes());
    } catch (PayloadImage.MalformedException e) {
      throw new IllegalStateException("the built-in validator is malformed", e);
    }
  }

  private static ScenarioException unreadable(Path file, IOException e) {
    return new ScenarioException(file + ": cannot be read (" + InputFile.reason(e) + ")");
  }
}
