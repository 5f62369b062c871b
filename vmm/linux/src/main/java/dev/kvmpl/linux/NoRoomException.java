// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

/** The host cannot let a machine have what somebody wants it to have; nothing has changed. */
public final class NoRoomException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** For this reason. */
  public NoRoomException(String reason) {
    super(reason);
  }
}
