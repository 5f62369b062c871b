// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RequiresProgramConditionTest {
  @TempDir Path folder;

  @Test
  void program_inOneOfTheFolders_isThere() throws Exception {
    Path tool = Files.createFile(folder.resolve("tool"));
    Files.setPosixFilePermissions(
        tool, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));

    assertFalse(RequiresProgramCondition.evaluate("tool", "/nowhere:" + folder, "1").isDisabled());
  }

  @Test
  void program_thatIsMissing_skipsAndSaysWhich() {
    var result = RequiresProgramCondition.evaluate("tool", "/nowhere:" + folder, null);

    assertEquals("no tool here", result.getReason().orElse(""));
  }

  @Test
  void program_thatIsRequiredAndMissing_isAFailure() {
    assertThrows(
        IllegalStateException.class,
        () -> RequiresProgramCondition.evaluate("tool", "/nowhere", "1"));
  }
}
