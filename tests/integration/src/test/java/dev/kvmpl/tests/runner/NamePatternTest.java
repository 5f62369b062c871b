// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePatternTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          RmpTest | a.b.RmpTest | grants | true
          Rmp* | a.b.RmpTest | grants | true
          Rmp* | a.b.SlotTest | grants | false
          R?pTest | a.b.RmpTest | grants | true
          RmpTest | a.b.RmpTests | grants | false
          a.b.RmpTest | a.b.RmpTest | grants | true
          a.b.* | a.b.RmpTest | grants | true
          RmpTest#gr* | a.b.RmpTest | grants | true
          RmpTest#take* | a.b.RmpTest | grants | false
          SlotTest,RmpTest#grants | a.b.RmpTest | grants | true
          SlotTest,RmpTest#grants | a.b.SlotTest | other | true
          SlotTest,RmpTest#grants | a.b.RmpTest | other | false
          RmpTest | a.b.RmpTest$Inner | grants | true
          RmpTest$Inner | a.b.RmpTest$Inner | grants | true
          RmpTest$Other | a.b.RmpTest$Inner | grants | false
          R.pTest | a.b.RmpTest | grants | false
          !RmpTest | a.b.RmpTest | grants | false
          !RmpTest | a.b.SlotTest | grants | true
          Rmp*,!RmpTest | a.b.RmpTest | grants | false
          Rmp*, !RmpTest#take* | a.b.RmpTest | grants | true
          !RmpTest#take*,Rmp* | a.b.RmpTest | takes | false
          !RmpTest | a.b.RmpTest$Inner | grants | false
          """)
  void pattern_matchesAsInSurefire(String pattern, String type, String method, boolean matches) {
    assertEquals(matches, new NamePattern(pattern).matches(type, method));
  }
}
