// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** kvmpl's own RAM disk: busybox, and a first process that runs a command or a shell. */
public final class RamDisk {
  /** The parameter of a kernel that starts with the agent and goes on with another's RAM disk. */
  public static final String BESIDE = "rdinit=/kvmpl/init";

  private static final String AGENT_MODULE = "kvmpl.ko";

  private final CpioArchive archive = new CpioArchive();

  private RamDisk(byte[] agent) {
    archive.program("kvmpl/agent", agent);
  }

  /**
   * A whole one, that has nothing protected.
   *
   * @param busybox a static one: there is no C library
   * @param agent the program that tells the hypervisor what it has to know
   */
  public static RamDisk withBusybox(byte[] busybox, byte[] agent) {
    RamDisk disk = new RamDisk(agent);
    for (String folder : new String[] {"dev", "proc", "sys", "tmp", "root", "etc"}) {
      disk.archive.folder(folder);
    }
    disk.archive.program("bin/busybox", busybox).link("bin/sh", "busybox");
    disk.archive.program("bin/ksym", resource("ksym"));
    disk.archive.program("init", resource("init"));
    return disk;
  }

  /** What comes {@link #before} somebody else's. */
  public static RamDisk ofAgent(byte[] busybox, byte[] agent) {
    RamDisk disk = new RamDisk(agent);
    disk.archive.program("kvmpl/busybox", busybox);
    disk.archive.program("kvmpl/init", resource("beside"));
    return disk;
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

  /** The archive; nothing can be added any more. */
  public InitialRamDisk archive() {
    return new InitialRamDisk(archive.bytes());
  }

  /**
   * The archive of somebody else, with the agent before it: the kernel has to be told {@link
   * #BESIDE}. Nothing can be added any more.
   */
  public InitialRamDisk before(InitialRamDisk other) {
    byte[] own = archive.bytes();
    byte[] both = Arrays.copyOf(own, own.length + other.bytes().length);
    System.arraycopy(other.bytes(), 0, both, own.length, other.bytes().length);
    return new InitialRamDisk(both);
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
