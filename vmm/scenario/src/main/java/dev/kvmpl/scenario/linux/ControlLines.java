// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario.linux;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a writer whom nobody knows: of one that does not end the beginning is kept and the rest
 * read and dropped, and bytes that are no text are replacement characters.
 */
final class ControlLines {
  /** The longest line, bytes: more than any name that there is. */
  static final int BYTES_MAX = 4096;

  private static final String CUT = "..."; // so that it is not taken for the whole line
  private static final int END = -1;

  private final InputStream bytes;
  private final byte[] line = new byte[BYTES_MAX];

  /** Lines of {@code bytes}, which stay open. */
  ControlLines(InputStream bytes) {
    this.bytes = new BufferedInputStream(bytes);
  }

  /** The next line, without its line feed; null at the end. */
  @Nullable String next() throws IOException {
    int length = 0;
    int one = bytes.read();
    if (one == END) {
      return null;
    }
    for (; one != '\n' && one != END; one = bytes.read()) {
      if (length < BYTES_MAX) {
        line[length] = (byte) one;
      }
      length = Math.min(length + 1, BYTES_MAX + 1);
    }
    return new String(line, 0, Math.min(length, BYTES_MAX), StandardCharsets.UTF_8)
        + (length > BYTES_MAX ? CUT : "");
  }
}
