// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import dev.kvmpl.linux.Console;
import java.util.HashMap;
import java.util.Map;

/** A Linux guest's console on which only lines that somebody waits for are of interest. */
public final class LinuxMarks implements Console {
  private final Map<String, Runnable> actions = new HashMap<>();
  private final Map<String, Long> times = new HashMap<>();
  private final StringBuilder line = new StringBuilder();

  /** No line is waited for. */
  public LinuxMarks() {}

  /** Does that when the guest has printed such a line, before it goes on. */
  public void when(String text, Runnable action) {
    actions.put(text, action);
  }

  /** When the guest has printed such a line last, as {@link System#nanoTime} counts. */
  public long time(String text) {
    Long time = times.get(text);
    if (time == null) {
      throw new IllegalStateException("the guest has not said " + text);
    }
    return time;
  }

  @Override
  public void sent(int value) {
    if (value != '\n') {
      line.append((char) value);
      return;
    }
    String text = line.toString().strip();
    line.setLength(0);
    times.put(text, System.nanoTime());
    actions.getOrDefault(text, () -> {}).run();
  }

  @Override
  public void pause() {}
}
