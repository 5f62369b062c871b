// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;

/** The payloads do not fit. The message says how many bytes there are, and how many fit. */
public final class PayloadsTooLargeException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What a level's payloads take with their stacks, and what there is for them, in bytes. */
  public PayloadsTooLargeException(Vmpl level, long bytes, long room) {
    super(
        String.format(
            Locale.ROOT,
            "the payloads of %s take %d KiB with their stacks, allowed are %d KiB",
            level,
            bytes / 1024,
            room / 1024));
  }
}
