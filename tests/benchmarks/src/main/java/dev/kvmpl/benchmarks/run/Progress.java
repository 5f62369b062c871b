// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;

/** Says what is being measured, and how long all the rest will take: on a terminal in one line. */
public final class Progress {
  private static final double NS_A_SECOND = 1e9;
  private static final int SECONDS_A_MINUTE = 60;

  private final PrintStream out;
  private final boolean terminal;
  private long began;
  private int all;
  private int done;

  /** On stderr, which may be a terminal. */
  public static Progress on(PrintStream err) {
    return new Progress(err, isTerminal(Path.of("/proc/self/fd/2")));
  }

  private static boolean isTerminal(Path descriptor) {
    try {
      String device = descriptor.toRealPath().toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException e) { // a pipe has no path
      return false;
    }
  }

  /** Nothing is said before it starts. */
  Progress(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  void start(int measurements) {
    all = measurements;
    began = System.nanoTime();
  }

  void at(String what) {
    String line =
        String.format(Locale.ROOT, "bench: %d of %d, %s%s", done + 1, all, what, remaining());
    if (terminal) {
      out.print("\r\033[K" + line);
      out.flush();
    } else {
      out.println(line);
    }
  }

  /** What is left, as far as what was tells: measurements take about the same time. */
  private String remaining() {
    if (done == 0) {
      return "";
    }
    double seconds = (System.nanoTime() - began) / NS_A_SECOND;
    long left = Math.round(seconds / done * (all - done));
    return left >= SECONDS_A_MINUTE
        ? String.format(Locale.ROOT, ", about %d min left", Math.ceilDiv(left, SECONDS_A_MINUTE))
        : String.format(Locale.ROOT, ", about %d s left", left);
  }

  void done() {
    done++;
  }

  void end() {
    if (terminal) {
      out.print("\r\033[K");
      out.flush();
    }
  }
}
