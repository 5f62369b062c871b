// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

import dev.kvmpl.linux.boot.CpioArchive;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** kvmpl's own RAM disk: busybox, and a first process that runs a command or a shell. */
public final class RamDisk {
  private final CpioArchive archive = new CpioArchive();

  /** One with a busybox, which has to be static: there is no C library. */
  public RamDisk(byte[] busybox) {
    for (String folder : new String[] {"dev", "proc", "sys", "tmp", "root", "etc"}) {
      archive.folder(folder);
    }
    archive.program("bin/busybox", busybox).link("bin/sh", "busybox");
    archive.program("init", resource("init"));
  }

  /**
   * Runs this in place of a shell.
   *
   * @param command for {@code sh}
   */
  public RamDisk run(String command) {
    archive.file("kvmpl/run", (command + "\n").getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** Adds a file. */
  public RamDisk file(String path, byte[] contents) {
    archive.file(path, contents);
    return this;
  }

  /** The archive; nothing can be added any more. */
  public InitialRamDisk archive() {
    return new InitialRamDisk(archive.bytes());
  }

  private static byte[] resource(String name) {
    try (InputStream in = RamDisk.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
