// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a strategy of granting does not go with: it would not be one, and says so. */
class WrongGrantTest {
  private static final String GOOD =
      "validator: { payload: validator }\ndrivers: [ { name: a, payload: store } ]\n";
  private static final String CODEBASES =
      "codebases: [ { name: c, payload: deny, decides: [ { start: 0x1000000, length: 4KiB } ] } ]\n";

  private static String refusal(String more) {
    return String.valueOf(
        assertThrows(ScenarioException.class, () -> ScenarioReader.parse("s", GOOD + more))
            .getMessage());
  }

  @Test
  void unknownOne_isRefusedWithThoseThatThereAre() {
    assertEquals("s:3: grant is free, allowed are page, store, ahead", refusal("grant: free"));
  }

  @ParameterizedTest
  @CsvSource({"reflect", "fault"})
  void storeWhereTheKernelDetects_wouldWaitForNothing(String detection) {
    assertEquals(
        "s:4: grant is store, which needs detection trap: a guest kernel that is told of a store"
            + " needs all that is granted",
        refusal("detection: " + detection + "\ngrant: store"));
  }

  @Test
  void aheadWithFault_isAskedForPageByPage() {
    assertEquals(
        "s:4: grant is ahead, which needs detection trap or reflect: with fault the guest kernel"
            + " asks for each page",
        refusal("detection: fault\ngrant: ahead"));
  }

  @Test
  void withMapping_theDriversOwnInstructionStores() {
    assertEquals(
        "s:3: grant is store, which needs enforcement slots: with mapping the driver's own"
            + " instruction stores",
        refusal("grant: store\nenforcement: mapping"));
  }

  @Test
  void onManyProcessors_anotherOneMayStoreMeanwhile() {
    String elsewhere =
        """
        validator: { payload: validator }
        drivers: [ { name: a, payload: store, level: 2, processors: [1] } ]
        grant: store
        """;

    assertEquals(
        "s:3: grant is store, which needs all drivers on processor 0: another one may store between"
            + " two exits",
        String.valueOf(
            assertThrows(ScenarioException.class, () -> ScenarioReader.parse("s", elsewhere))
                .getMessage()));
  }

  @Test
  void withCodebases_eachPageIsMeasuredFor() {
    assertEquals(
        "s:4: grant is ahead, which needs no codebases: each is measured for every page that it"
            + " judges",
        refusal(CODEBASES + "grant: ahead"));
  }

  @ParameterizedTest
  @CsvSource({"page", "store"})
  void withCodebases_othersGo(String grant) throws ScenarioException {
    assertEquals(
        grant,
        ScenarioReader.parse("s", GOOD + CODEBASES + "grant: " + grant).machine().grant().label());
  }
}
