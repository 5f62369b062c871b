// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.protocol.Verdict;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerdictTest {
  @ParameterizedTest
  @CsvSource({
    "0x00000000, allowed",
    "0x80000000, invalid-answer",
    "0x80001000, restricted",
    "0x80001001, owned-by-other",
    "0x80001002, no-driver",
    "0x80001003, map-full",
    "0x80001004, not-granted",
    "0x80001005, no-codebase",
    "0x80001006, unknown-codebase",
    "0x80001007, measurement",
    "0x80001008, not-detected",
    "0x80001009, no-permission",
    "0x8000100a, remapped"
  })
  void publishedResult_isItsVerdict(String result, String label) {
    Verdict verdict = Verdict.of(Long.decode(result));

    assertEquals(label, verdict.label());
    assertEquals(Long.decode(result), verdict.code());
    assertFalse(verdict.isOwn());
  }

  @ParameterizedTest
  @ValueSource(longs = {0x80002000L, 0x80002001L, 0x80002fffL})
  void ownResult_isAVerdict_ofThatCode(long result) {
    Verdict verdict = Verdict.of(result);

    assertEquals(result, verdict.code());
    assertEquals("0x" + Long.toHexString(result), verdict.label());
    assertTrue(verdict.isOwn() && !verdict.done());
    assertSame(verdict, Verdict.of(result));
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        1,
        -1,
        0x80000001L,
        0x80001fffL,
        0x80003000L,
        0x1_0000_0000L,
        0xffff_ffff_8000_1000L,
        1L << 63
      })
  void anyOtherResult_isAnInvalidAnswer_whichIsNotDone(long result) {
    assertEquals(Verdict.INVALID_ANSWER, Verdict.of(result));
    assertFalse(Verdict.of(result).done());
  }

  @Test
  void operation_isDoneAfterThreeVerdictsOnly() {
    assertEquals(
        Set.of(Verdict.ALLOWED, Verdict.ALREADY_OPEN, Verdict.WOULD_REFUSE),
        Verdict.standard().stream().filter(Verdict::done).collect(Collectors.toSet()));
  }

  @ParameterizedTest
  @MethodSource("dev.kvmpl.protocol.Verdict#standard")
  void label_isFoundAgain(Verdict verdict) {
    assertEquals(Optional.of(verdict), Verdict.byLabel(verdict.label()));
  }

  @ParameterizedTest
  @ValueSource(longs = {0x80001000L, 0x80001009L, 0x80002001L, 0x80000000L})
  void watchedRefusal_isDone_andHasItsReason(long code) {
    Verdict verdict = Verdict.watched(0x1_0000_0000L | code);

    assertEquals("would-refuse", verdict.label());
    assertTrue(verdict.done() && verdict.isWouldRefuse() && !verdict.isOwn());
    assertEquals(0, verdict.code());
    assertSame(Verdict.of(code), verdict.reason());
    assertSame(verdict, Verdict.of(code).wouldRefuse());
  }

  /** Without a refusal below the bit there is nothing that it could mean. */
  @ParameterizedTest
  @ValueSource(longs = {0x1_0000_0000L, 0x1_0000_0001L, 0x1_ffff_ffffL})
  void watchedRefusalOfNothing_isOfAnInvalidAnswer(long result) {
    assertSame(Verdict.INVALID_ANSWER.wouldRefuse(), Verdict.watched(result));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 0x80001000L, 0x2_8000_1000L, 0x3_8000_1000L, -1})
  void otherResultOfAWatchingValidator_isWhatItIsElsewhere(long result) {
    assertSame(Verdict.of(result), Verdict.watched(result));
  }

  @Test
  void verdictOnSeveralParts_isTheWorst() {
    Verdict would = Verdict.RESTRICTED.wouldRefuse();

    assertSame(would, Verdict.ALLOWED.after(would));
    assertSame(would, would.after(Verdict.ALLOWED));
    assertSame(Verdict.MAP_FULL, Verdict.MAP_FULL.after(would));
    assertSame(Verdict.ALLOWED, Verdict.ALLOWED.after(Verdict.ALLOWED));
  }

  @Test
  void unknownLabel_isNoVerdict() {
    assertEquals(Optional.empty(), Verdict.byLabel("Allowed"));
  }
}
