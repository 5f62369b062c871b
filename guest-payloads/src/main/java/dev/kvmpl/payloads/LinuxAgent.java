// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.payloads;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The program of a Linux guest that tells the hypervisor what it has to know. */
public final class LinuxAgent {
  private static final String RESOURCE = "agent.elf";

  private LinuxAgent() {}

  /** The whole file, a static executable. */
  public static byte[] bytes() {
    try (InputStream in = LinuxAgent.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
