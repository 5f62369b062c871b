// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.command;

import java.io.IOException;

/** Something that is written once: at its time, or when the process is ended before. */
final class Kept {
  /** How it is written. */
  interface Writing {
    /** Returns whether there was anything to write. */
    boolean write() throws IOException;
  }

  private final Writing writing;
  private final Thread atTheEnd = new Thread(this::writeAtTheEnd, "keeping results");
  private boolean written;

  /** Not written yet. */
  Kept(Writing writing) {
    this.writing = writing;
    Runtime.getRuntime().addShutdownHook(atTheEnd);
  }

  /** Its time has come. Returns whether it was written by this call. */
  synchronized boolean write() throws IOException {
    boolean first = !written;
    written = true;
    return first && writing.write();
  }

  private void writeAtTheEnd() {
    try {
      if (write()) {
        System.err.println("kvmpl: ended early; what had been measured is kept");
      }
    } catch (IOException | RuntimeException e) {
      System.err.println("kvmpl: what had been measured is lost: " + e);
    }
  }
}
