// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.gdb;

import dev.kvmpl.tests.support.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A {@code kvmpl run --gdb} that waits at a port of its own. */
final class Debugged implements AutoCloseable {
  private static final String SAYS = "kvmpl: waiting for gdb: target remote 127.0.0.1:";

  private final Process process;
  private final Path out;
  private final int port;

  Debugged(Path folder, String... arguments) throws IOException {
    out = folder.resolve("out");
    List<String> all = new ArrayList<>(List.of("run", "--steps", "none", "--gdb", "0"));
    all.addAll(List.of(arguments));
    process =
        new ProcessBuilder(Command.line(all.toArray(String[]::new)))
            .redirectOutput(out.toFile())
            .start();
    BufferedReader err = process.errorReader(StandardCharsets.UTF_8);
    String line = err.readLine();
    if (line == null || !line.startsWith(SAYS)) {
      throw new IOException(String.valueOf(line));
    }
    port = Integer.parseInt(line.substring(SAYS.length()));
  }

  int port() {
    return port;
  }

  /** What it has printed, once it has ended; with its status before. */
  String ended() throws IOException, InterruptedException {
    int status = process.waitFor();
    return status + "\n" + Files.readString(out);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
