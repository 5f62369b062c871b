// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import java.util.HexFormat;

/**
 * Bytes at an address.
 *
 * @param hex pairs of hex digits
 */
public record Contents(long gpa, String hex) {
  /** The bytes themselves. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }
}
