// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.hosts;

import dev.kvmpl.cli.terminal.OutputFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files that a command writes on an emulated host, and that are wanted here. */
public final class HostFiles {
  /** What is in that folder there comes out with the result. */
  private static final String THERE = "/run/kvmpl/reports/";

  private final List<Path> wanted = new ArrayList<>();

  /** None yet. */
  public HostFiles() {}

  /**
   * Has the command there write a file, if it is wanted.
   *
   * @param command gets the option
   */
  public void want(List<String> command, String option, @Nullable Path file) {
    if (file != null) {
      command.addAll(List.of(option, THERE + wanted.size()));
      wanted.add(file);
    }
  }

  boolean isEmpty() {
    return wanted.isEmpty();
  }

  /** Writes what has come out to where it was wanted. */
  void bring(Path folder) throws IOException {
    for (int i = 0; i < wanted.size(); i++) {
      Path come = folder.resolve(Integer.toString(i));
      if (Files.isRegularFile(come)) {
        OutputFile.write(wanted.get(i), out -> Files.copy(come, out));
      }
    }
  }

  /** Removes a folder of files. */
  static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
