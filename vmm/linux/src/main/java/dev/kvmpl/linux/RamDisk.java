// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

import dev.kvmpl.linux.boot.CpioArchive;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** kvmpl's own RAM disk: busybox, and a first process that runs a command or a shell. */
public final class RamDisk {
  private static final String AGENT_MODULE = "kvmpl.ko";

  private final CpioArchive archive = new CpioArchive();

  /**
   * One that has nothing protected.
   *
   * @param busybox a static one: there is no C library
   * @param agent the program that tells the hypervisor what it has to know
   */
  public RamDisk(byte[] busybox, byte[] agent) {
    for (String folder : new String[] {"dev", "proc", "sys", "tmp", "root", "etc"}) {
      archive.folder(folder);
    }
    archive.program("bin/busybox", busybox).link("bin/sh", "busybox");
    archive.program("bin/ksym", resource("ksym"));
    archive.program("kvmpl/agent", agent);
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

  /** Has the agent tell when there is something to be protected, before anything else runs. */
  public RamDisk protect() {
    archive.file("kvmpl/protect", new byte[0]);
    return this;
  }

  /**
   * Adds a module: the agent's, which is loaded before anything else, or one at {@code /modules}.
   *
   * @param name with {@code .ko}
   */
  public RamDisk module(String name, byte[] contents) {
    archive.file((name.equals(AGENT_MODULE) ? "kvmpl/" : "modules/") + name, contents);
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
