// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.debug;

import dev.kvmpl.cli.terminal.OutputException;
import dev.kvmpl.cli.terminal.OutputFile;
import dev.kvmpl.core.CoreFiles;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.vmpl.Vmpl;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What {@code --core} asks for, if it was given. */
public final class Cores {
  private final @Nullable Path folder;
  private final PrintWriter err;
  private final CoreFiles files = new CoreFiles();

  private Cores(@Nullable Path folder, PrintWriter err) {
    this.folder = folder;
    this.err = err;
  }

  /** Before anything runs: a folder that cannot be written to is not found out at the end. */
  public static Cores in(@Nullable Path folder, CommandLine line) {
    if (folder != null && (!Files.isDirectory(folder) || !Files.isWritable(folder))) {
      throw new ParameterException(
          line,
          String.format(
              Locale.ROOT,
              "--core %s is no folder that can be written to, allowed is one",
              folder));
    }
    for (Vmpl level : Vmpl.values()) {
      Path file = folder == null ? null : folder.resolve(CoreFiles.fileName(level));
      if (file != null && Files.exists(file)) {
        throw new ParameterException(
            line,
            String.format(
                Locale.ROOT, "--core %s is there already, allowed is a folder without it", file));
      }
    }
    return new Cores(folder, line.getErr());
  }

  /** What the run has to be given. */
  public List<Observer> observers() {
    return folder == null ? List.of() : List.of(files);
  }

  /** Of a run that has not completed, whose machine is still there. */
  public void write(ScenarioRun run) {
    if (folder == null || run.result().outcome() == Outcome.COMPLETED) {
      return;
    }
    for (Vmpl level : files.levels()) {
      Path file = folder.resolve(CoreFiles.fileName(level));
      try {
        OutputFile.write(file, out -> files.write(level, run.result(), out));
      } catch (OutputException e) {
        delete(file);
        throw e;
      }
      String program =
          files.program(level, run.result()).map(image -> image.name()).orElse("PAYLOAD");
      err.printf(
          Locale.ROOT,
          "kvmpl: core of %s: gdb %s.elf %s (%s)%n",
          level,
          program,
          file,
          files.images(level));
    }
    err.flush();
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // what cannot be written to cannot be deleted either: the first error is told
    }
  }
}
