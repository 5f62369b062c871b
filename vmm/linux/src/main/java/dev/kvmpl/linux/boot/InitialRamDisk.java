// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

/**
 * An archive that the kernel unpacks at its start: cpio, compressed or not, one or more in a row.
 */
public final class InitialRamDisk {
  private final byte[] bytes;

  /** Takes the archive over. */
  public InitialRamDisk(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Its bytes, not to be changed. */
  public byte[] bytes() {
    return bytes;
  }
}
