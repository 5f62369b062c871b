// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.kvmpl.protocol.Verdict;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerdictTest {
  @ParameterizedTest
  @CsvSource({
    "0x00000000, ALLOWED",
    "0x80000000, INVALID_ANSWER",
    "0x80001000, RESTRICTED",
    "0x80001001, OWNED_BY_OTHER",
    "0x80001002, NO_DRIVER",
    "0x80001003, MAP_FULL",
    "0x80001004, NOT_GRANTED",
    "0x80001005, NO_CODEBASE",
    "0x80001006, UNKNOWN_CODEBASE",
    "0x80001007, MEASUREMENT",
    "0x80001008, NOT_DETECTED",
    "0x80001009, NO_PERMISSION",
    "0x8000100a, REMAPPED"
  })
  void publishedResult_isItsVerdict(String result, Verdict verdict) {
    assertEquals(verdict, Verdict.of(Long.decode(result)));
    assertEquals(Long.decode(result), verdict.code());
  }

  @ParameterizedTest
  @ValueSource(
      longs = {1, -1, 0x80000001L, 0x80001fffL, 0x1_0000_0000L, 0xffff_ffff_8000_1000L, 1L << 63})
  void anyOtherResult_isAnInvalidAnswer_whichIsNotDone(long result) {
    assertEquals(Verdict.INVALID_ANSWER, Verdict.of(result));
    assertFalse(Verdict.of(result).done());
  }

  @Test
  void operation_isDoneAfterTwoVerdictsOnly() {
    assertEquals(
        Set.of(Verdict.ALLOWED, Verdict.ALREADY_OPEN),
        Arrays.stream(Verdict.values()).filter(Verdict::done).collect(Collectors.toSet()));
  }

  @ParameterizedTest
  @EnumSource
  void label_isFoundAgain(Verdict verdict) {
    assertEquals(Optional.of(verdict), Verdict.byLabel(verdict.label()));
  }

  @Test
  void unknownLabel_isNoVerdict() {
    assertEquals(Optional.empty(), Verdict.byLabel("Allowed"));
  }
}
