// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.terminal;

import java.io.IOException;
import java.nio.file.FileSystemException;

/** A result could not be written. Unchecked, so that no printer on the way swallows it. */
public final class OutputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean nobodyReads;

  /**
   * @param where what was written to, for people
   */
  public OutputException(String where, IOException cause) {
    super("cannot write to " + where + ": " + reason(cause), cause);
    this.nobodyReads = "Broken pipe".equals(cause.getMessage());
  }

  /** Whether it is a pipe whose reader has gone, as {@code head} does once it has enough. */
  public boolean isClosedPipe() {
    return nobodyReads;
  }

  private static String reason(IOException e) {
    return e instanceof FileSystemException failed && failed.getReason() != null
        ? failed.getReason()
        : e instanceof java.nio.file.AccessDeniedException
            ? "no permission"
            : String.valueOf(e.getMessage());
  }
}
