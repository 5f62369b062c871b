// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.hosts;

/** What a guest needs cannot be had on this machine; the message says what, and what helps. */
public final class GuestToolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public GuestToolException(String message) {
    super(message);
  }
}
