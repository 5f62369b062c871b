// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.terminal;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Standard output, in UTF-8 whatever the locale. It says by {@link OutputException}, once, when
 * nothing more can be written; what comes after that is dropped.
 */
public final class Stdout extends PrintStream {
  /** More than any help, which picocli prints outside of what it lets us handle. */
  private static final int BUFFER_BYTES = 1 << 16;

  public Stdout() {
    super(new BufferedOutputStream(new Checked(), BUFFER_BYTES), false, StandardCharsets.UTF_8);
  }

  /** Does nothing: {@link #end} does it. */
  @Override
  public void flush() {}

  /** Writes what is not yet written. */
  public void end() {
    super.flush();
  }

  private static final class Checked extends OutputStream {
    private final OutputStream file = new FileOutputStream(FileDescriptor.out);
    private boolean failed;

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      if (failed) {
        return;
      }
      try {
        file.write(bytes, offset, length);
      } catch (IOException e) {
        failed = true;
        throw new OutputException("stdout", e);
      }
    }
  }
}
