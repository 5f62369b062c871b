// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command speaks ASCII digits and letters in every locale, picocli's words too. */
@Tag("subprocess")
class LocaleCommandTest {
  private static final String ARABIC =
      "-Duser.language=ar -Duser.country=EG -Duser.extensions=u-nu-arab";
  private static final String TURKISH = "-Duser.language=tr -Duser.country=TR";

  @ParameterizedTest
  @ValueSource(strings = {ARABIC, TURKISH})
  void helpAndComplaints_areTheSameBytes(String locale) throws Exception {
    Map<String, String> environment = Map.of("JDK_JAVA_OPTIONS", locale);

    for (String arguments : new String[] {"--help", "run --help", "claims --help", "--version"}) {
      Command here = Command.kvmpl(arguments.split(" "));
      assertEquals(here.out(), Command.kvmpl(environment, arguments.split(" ")).out());
      assertTrue(isAscii(here.out()), here.out());
    }
    String complaint = Command.kvmpl(environment, "run", "a", "b", "c").err();
    assertTrue(complaint.endsWith(Command.kvmpl("run", "a", "b", "c").err()), complaint);
  }

  @RequiresKvm
  @ParameterizedTest
  @ValueSource(strings = {ARABIC, TURKISH})
  void results_areAscii(String locale) throws Exception {
    Map<String, String> environment = Map.of("JDK_JAVA_OPTIONS", locale);

    for (String arguments : new String[] {"run", "run --json", "doctor"}) {
      Command run = Command.kvmpl(environment, arguments.split(" "));
      assertEquals(0, run.status(), run.err());
      assertTrue(isAscii(run.out()), run.out());
    }
  }

  private static boolean isAscii(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c < 128);
  }
}
