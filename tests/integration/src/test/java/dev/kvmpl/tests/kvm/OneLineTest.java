// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.kvm.host.OneLine;
import org.junit.jupiter.api.Test;

class OneLineTest {
  @Test
  void whatCanBePrinted_staysAsItIs() {
    String text = "größe 数据 \"it's\" a\\b \uD83D\uDE00";

    assertEquals(text, OneLine.of(text));
  }

  @Test
  void linesAndControls_areEscaped() {
    assertEquals(
        "a\\u000ab\\u000d\\u0009\\u001b[31m\\u007f", OneLine.of("a\nb\r\t\u001b[31m\u007f"));
    assertEquals("\\u0085\\u2028\\u2029", OneLine.of("\u0085\u2028\u2029"));
  }

  @Test
  void whatTurnsATerminalsDirection_isEscaped() {
    assertEquals("a\\u202eb\\u200f", OneLine.of("a\u202eb\u200f"));
  }

  @Test
  void halfOfASurrogatePair_isEscaped() {
    assertEquals("\\ud83d!", OneLine.of("\uD83D!"));
  }
}
