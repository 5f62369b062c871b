// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.terminal;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Says on stderr what has lasted for over two seconds, and how long: on a terminal in one line that
 * changes and goes away at the end, else in a line every ten seconds.
 */
public final class Progress implements AutoCloseable {
  private static final long QUIET_SECONDS = 2;
  private static final long BETWEEN_LINES = 10;
  private static final String CLEAR = "\r\u001b[K";

  private final PrintWriter err;
  private final boolean terminal = isTerminal();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread = new Thread(this::watch, "progress");
  private volatile String what;

  /** Something begins. */
  public Progress(String what, PrintWriter err) {
    this.what = what;
    this.err = err;
    thread.setDaemon(true);
    thread.start();
  }

  /** It has come to another part. */
  public void at(String part) {
    what = part;
  }

  private void watch() {
    boolean shown = false;
    try {
      for (long second = 1; !ended.await(1, TimeUnit.SECONDS); second++) {
        if (terminal && second >= QUIET_SECONDS) {
          err.printf(Locale.ROOT, "%skvmpl: %d s: %s", CLEAR, second, what);
          err.flush();
          shown = true;
        } else if (second % BETWEEN_LINES == 0) {
          err.printf(Locale.ROOT, "kvmpl: %d s: %s%n", second, what);
        }
      }
    } catch (InterruptedException e) {
      // The process ends.
    }
    if (shown) {
      err.print(CLEAR);
      err.flush();
    }
  }

  /** It is done: nothing is said any more. */
  @Override
  public void close() {
    ended.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Java knows that of stdin and stdout together only. */
  private static boolean isTerminal() {
    try {
      String file = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }
}
