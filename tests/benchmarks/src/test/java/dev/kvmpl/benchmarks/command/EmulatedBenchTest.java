// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** What arrives of results while an emulated host measures. */
class EmulatedBenchTest {
  private static final String DOCUMENT = String.valueOf(EmulatedBench.DOCUMENT);

  @Test
  void lastDocument_isWhatCounts() {
    assertEquals("[ ]", EmulatedBench.last(DOCUMENT + "[]\n" + DOCUMENT + "[ ]").json());
  }

  @Test
  void documentThatIsCutShort_leavesTheOneBefore() {
    assertEquals(
        "[ ]\n", EmulatedBench.last(DOCUMENT + "[]" + DOCUMENT + "[ ]\n" + DOCUMENT + "[{").json());
  }

  @Test
  void nothingOrNoise_isNoResult() {
    for (String told : new String[] {"", "console", DOCUMENT, DOCUMENT + "[{\"benchmark\": 1"}) {
      assertEquals(0, EmulatedBench.last(told).entries().size(), told);
    }
  }
}
