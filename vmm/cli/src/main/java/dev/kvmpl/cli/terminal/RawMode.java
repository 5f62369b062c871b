// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.terminal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A terminal on stdin in raw mode, given back as it was whatever ends this process. */
public final class RawMode implements AutoCloseable {
  private final String before;
  private final Thread ending = new Thread(this::restore);
  private final AtomicBoolean restored = new AtomicBoolean();

  private RawMode(String before) {
    this.before = before;
  }

  /** Null if stdin or stdout is no terminal. */
  public static @Nullable RawMode enter() throws IOException, InterruptedException {
    if (Optional.ofNullable(System.console()).filter(java.io.Console::isTerminal).isEmpty()) {
      return null;
    }
    RawMode mode = new RawMode(stty("-g").strip());
    Runtime.getRuntime().addShutdownHook(mode.ending);
    stty("raw", "-echo");
    return mode;
  }

  private void restore() {
    if (restored.compareAndSet(false, true)) {
      try {
        stty(before);
      } catch (IOException | InterruptedException e) {
        // The terminal is gone.
      }
    }
  }

  @Override
  public void close() {
    restore();
    try {
      Runtime.getRuntime().removeShutdownHook(ending);
    } catch (IllegalStateException e) {
      // It is being shut down, and that hook runs.
    }
  }

  private static String stty(String... arguments) throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of("stty"));
    line.addAll(List.of(arguments));
    Process stty =
        new ProcessBuilder(line)
            .redirectInput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    stty.waitFor();
    return out;
  }
}
