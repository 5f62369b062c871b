// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.spec.Contents;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.tests.support.Payloads;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The limits of docs/limits.md for who builds a machine in Java. No device needed. */
class MachineSpecTest {
  private static final PageRange PAGE =
      new PageRange(
          MemoryLayout.PAYLOADS.kernelMemory(),
          MemoryLayout.PAYLOADS.kernelMemory() + PageRange.PAGE_SIZE);

  private static MachineSpec spec(int restricted, int hidden, int virtual, int contents) {
    return MachineSpec.of(
            Payloads.builtIn(BuiltInPayload.KERNEL), Payloads.builtIn(BuiltInPayload.VALIDATOR))
        .restricted(pages(0, restricted))
        .hidden(pages(0, hidden))
        .protectedVirtual(pages(2000, virtual))
        .contents(Collections.nCopies(contents, new Contents(PAGE.start(), "00")))
        .build();
  }

  /** So many pages from one of kernel memory on. */
  private static List<PageRange> pages(int first, int count) {
    return IntStream.range(first, first + count)
        .mapToObj(
            i ->
                new PageRange(
                    PAGE.start() + (long) i * PageRange.PAGE_SIZE,
                    PAGE.end() + (long) i * PageRange.PAGE_SIZE))
        .toList();
  }

  static Stream<Arguments> tooMany() {
    return Stream.of(
        Arguments.of(1025, 0, 0, 0, "1025 restricted ranges, allowed are 1024"),
        Arguments.of(1014, 0, 11, 0, "1025 restricted ranges, allowed are 1024"),
        Arguments.of(0, 1025, 0, 0, "1025 hidden ranges, allowed are 1024"),
        Arguments.of(0, 0, 0, 1025, "1025 contents, allowed are 1024"));
  }

  @ParameterizedTest
  @MethodSource("tooMany")
  void oneTooMany_isRefused(int restricted, int hidden, int virtual, int contents, String why) {
    spec(Math.min(restricted, 1013), Math.min(hidden, 1024), virtual, Math.min(contents, 1024));

    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> spec(restricted, hidden, virtual, contents));

    assertEquals(why, e.getMessage());
  }
}
