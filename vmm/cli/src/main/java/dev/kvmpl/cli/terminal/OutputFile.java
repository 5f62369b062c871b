// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.terminal;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** A file that an option asks for. */
public final class OutputFile {
  private OutputFile() {}

  /** Writes a document. */
  public interface Writer {
    /** Writes all of it, and leaves the stream open. */
    void write(OutputStream out) throws IOException;
  }

  /** Before anything runs: a file that cannot be written is not found out at the end. */
  public static void check(CommandLine line, String option, @Nullable Path file) {
    Path folder = file == null ? null : file.toAbsolutePath().getParent();
    if (file != null && (folder == null || !Files.isDirectory(folder) || Files.isDirectory(file))) {
      throw new ParameterException(
          line,
          String.format(
              Locale.ROOT, "%s %s cannot be written, allowed is a file in a folder", option, file));
    }
  }

  /** Writes it. */
  public static void write(Path file, Writer writer) {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      writer.write(out);
    } catch (IOException e) {
      throw new OutputException(file.toString(), e);
    }
  }
}
