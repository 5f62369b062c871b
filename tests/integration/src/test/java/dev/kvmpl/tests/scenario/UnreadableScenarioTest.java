// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnreadableScenarioTest {
  @TempDir Path folder;

  @Test
  void fileThatIsNotThere_saysSo() {
    Path file = folder.resolve("none.yaml");

    ScenarioException e = assertThrows(ScenarioException.class, () -> ScenarioReader.read(file));

    assertEquals(file + ": cannot be read (no such file)", e.getMessage());
  }

  @Test
  void folderInsteadOfAFile_saysSo() {
    ScenarioException e = assertThrows(ScenarioException.class, () -> ScenarioReader.read(folder));

    assertEquals(folder + ": cannot be read (no file)", e.getMessage());
  }
}
