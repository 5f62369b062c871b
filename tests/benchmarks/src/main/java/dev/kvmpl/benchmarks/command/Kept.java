// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.command;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/** What is written when the process is ended before its time, once. */
final class Kept {
  /** How it is written. */
  interface Writing {
    /** Returns whether there was anything to write. */
    boolean write() throws IOException;
  }

  private static final long SIGNAL_MS = 200;

  private final Writing writing;
  private volatile boolean ending;
  private boolean done;

  /** To be written if a signal ends the process, until it is {@link #drop}ped. */
  Kept(Writing writing) {
    this.writing = writing;
    Runtime.getRuntime().addShutdownHook(new Thread(this::end, "keeping results"));
  }

  /** Writes it, if nobody has. Returns whether there was anything. */
  synchronized boolean write() throws IOException {
    boolean first = !done;
    done = true;
    return first && writing.write();
  }

  /** What there is to write is written elsewhere. */
  synchronized void drop() {
    done = true;
  }

  /**
   * Does not return if the process is being ended: whatever has failed is a consequence of that.
   */
  void awaitEnd() throws InterruptedException {
    Thread.sleep(SIGNAL_MS); // the same signal may have ended a process of ours first
    if (ending) {
      new CountDownLatch(1).await();
    }
  }

  private void end() {
    ending = true;
    try {
      if (write()) {
        System.err.println("kvmpl: ended early; what had been measured is kept");
      }
    } catch (IOException | RuntimeException e) {
      System.err.println("kvmpl: what had been measured is lost: " + e);
    }
  }
}
