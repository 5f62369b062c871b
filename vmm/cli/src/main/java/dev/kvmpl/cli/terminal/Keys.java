// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** What is typed, or comes on stdin otherwise. */
public final class Keys {
  /** Ctrl-], which ends this process where every other key is a guest's. */
  private static final int ESCAPE = 0x1d;

  private static final int BUFFER_BYTES = 2048;

  private Keys() {}

  /** Somebody who gets them. */
  public interface Sink {
    /**
     * Takes bytes as they come.
     *
     * @throws IOException if there is nobody any more
     */
    void typed(byte[] bytes) throws IOException;
  }

  /**
   * Hands over what comes until stdin ends or cannot be read; on a terminal {@link #ESCAPE} ends
   * this process.
   *
   * @throws IOException of the sink
   */
  public static void until(boolean terminal, Sink sink) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = new FileInputStream(FileDescriptor.in)) {
      for (int count; (count = read(in, buffer)) > 0; ) {
        byte[] typed = Arrays.copyOf(buffer, count);
        if (terminal && contains(typed, ESCAPE)) {
          System.exit(ExitStatus.FAILED.code());
        }
        sink.typed(typed);
      }
    }
  }

  /** A terminal that is gone is one at its end. */
  private static int read(InputStream in, byte[] buffer) {
    try {
      return in.read(buffer);
    } catch (IOException e) {
      return -1;
    }
  }

  private static boolean contains(byte[] bytes, int wanted) {
    for (byte one : bytes) {
      if (one == wanted) {
        return true;
      }
    }
    return false;
  }
}
