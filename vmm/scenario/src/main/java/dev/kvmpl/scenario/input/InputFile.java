// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario.input;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/** Reads files that somebody has named, of which nobody knows what they are. */
public final class InputFile {
  private InputFile() {}

  /**
   * The bytes of a file that has at most so many, whatever it says of its size.
   *
   * @throws IOException if it cannot be read, is no file, or has more; {@link #reason} says why
   */
  public static byte[] read(Path file, int most) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new IOException("no file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(most + 1);
      if (bytes.length > most) {
        throw new IOException(
            String.format(Locale.ROOT, "more than %d bytes, allowed are %d", most, most));
      }
      return bytes;
    }
  }

  /** Why a file could not be read, without its name. */
  public static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException ignored -> "no such file";
      case AccessDeniedException ignored -> "no permission";
      case CharacterCodingException ignored -> "not UTF-8 text";
      case FileSystemException failed when failed.getReason() != null -> failed.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }
}
