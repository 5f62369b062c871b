// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.linux;

import dev.kvmpl.linux.writers.KernelSymbols;
import java.nio.charset.StandardCharsets;

/** As many symbols as a guest may tell of, in the shortest lines: the one that is its argument. */
final class TellsManySymbols {
  private static final int BYTES = 16 << 20;

  private TellsManySymbols() {}

  public static void main(String[] arguments) {
    byte[] line = (arguments[0] + "\n").getBytes(StandardCharsets.US_ASCII);
    byte[] text = new byte[BYTES];
    for (int at = 0; at < text.length; at++) {
      text[at] = line[at % line.length];
    }
    System.out.println(KernelSymbols.of(text).count());
  }
}
