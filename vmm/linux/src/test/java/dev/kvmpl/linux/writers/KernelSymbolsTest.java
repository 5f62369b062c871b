// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.writers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class KernelSymbolsTest {
  private final KernelSymbols symbols =
      KernelSymbols.of(
          """
          0000000000000000 A fixed_percpu_data
          0000000000028940 A pcpu_hot
          ffffffff81000100 T start_here
          ffffffff81000000 T _text
          ffffffff81000200 t memcpy
          nonsense
          ffffffffc0001000 t of_a_module\t[module]
          ffffffff81000300 D last
          """
              .getBytes(StandardCharsets.US_ASCII));

  @Test
  void symbolsOfTheImage_areKnown_othersAreNot() {
    assertEquals(4, symbols.count());
    assertEquals(OptionalLong.of(0xffffffff81000000L), symbols.address("_text"));
    assertEquals(OptionalLong.of(0xffffffff81000300L), symbols.address("last"));
    assertEquals(OptionalLong.empty(), symbols.address("of_a_module"));
    assertEquals(OptionalLong.empty(), symbols.address("_tex"));
    assertEquals(OptionalLong.empty(), symbols.address("_text_"));
  }

  @Test
  void address_isTheLastSymbolBeforeIt_withItsOffset() {
    assertEquals("_text", symbols.name(0xffffffff81000000L));
    assertEquals("start_here+0x1f", symbols.describe(0xffffffff8100011fL));
    assertEquals("last+0x10", symbols.describe(0xffffffff81000310L));
  }

  @Test
  void ofSeveralNames_itIsTheFirstWithoutAnUnderscore() {
    KernelSymbols aliases =
        KernelSymbols.of(
            """
            ffffffff81000200 T __pi_memcpy
            ffffffff81000200 T memcpy
            ffffffff81000200 T other
            ffffffff81000300 T __first
            ffffffff81000300 T __second
            ffffffff81000100 T before
            ffffffff81000200 T __memcpy
            ffffffff9fffffff T top
            """
                .getBytes(StandardCharsets.US_ASCII));

    assertEquals("memcpy+0x7", aliases.describe(0xffffffff81000207L));
    assertEquals("memcpy", aliases.name(0xffffffff81000200L));
    assertEquals("__first", aliases.name(0xffffffff81000300L));
    assertEquals("before+0xff", aliases.describe(0xffffffff810001ffL));
    assertEquals("top", aliases.name(0xffffffff9fffffffL));
    assertEquals(OptionalLong.of(0xffffffff81000200L), aliases.address("__pi_memcpy"));
  }

  @Test
  void addressOutsideOfTheImage_isANumber() {
    assertEquals("0x1234", symbols.describe(0x1234));
    assertEquals("0xffffffffc0001000", symbols.describe(0xffffffffc0001000L));
    assertEquals("0xffffffff80000000", symbols.describe(0xffffffff80000000L)); // before the first
    assertEquals("", symbols.name(0xffffffffc0001000L));
  }

  @Test
  void variableOfEachProcessor_isAnOffset() {
    assertEquals(OptionalLong.of(0x28940), symbols.perCpu("pcpu_hot"));
    assertEquals(OptionalLong.empty(), symbols.perCpu("current_task"));
  }

  @Test
  void noText_hasNoSymbols() {
    assertEquals(0, KernelSymbols.of(new byte[0]).count());
    byte[] cut = "ffffffff81000200 T ".getBytes(StandardCharsets.US_ASCII);
    assertEquals("", KernelSymbols.of(cut).name(0xffffffff81000200L));
    assertEquals("0xffffffff81000000", KernelSymbols.none().describe(0xffffffff81000000L));
  }
}
