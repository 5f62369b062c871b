// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

/** What a guest needs cannot be had on this machine; the message says what, and what helps. */
final class GuestToolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  GuestToolException(String message) {
    super(message);
  }
}
