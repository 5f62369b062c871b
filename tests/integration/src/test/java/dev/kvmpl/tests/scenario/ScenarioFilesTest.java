// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files a scenario consists of: those that its reader has read, however they are written. */
class ScenarioFilesTest {
  @TempDir Path folder;

  private Path scenario(String drivers) throws IOException {
    return Files.writeString(
        folder.resolve("a b.yaml"), "validator: { payload: validator }\ndrivers:\n" + drivers);
  }

  private Path payload(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, BuiltInPayload.STORE.bytes());
  }

  @Test
  void payloadsInBlocksFlowsAndQuotes_areFoundOnceEach() throws Exception {
    Path file =
        scenario(
            """
              - name: one
                payload:
                  "p/one two.elf"
              - { name: two, payload: 'q,}.elf' } # payload: not.elf
              - { name: three, payload: ./p/one two.elf }
              - { name: four, payload: store }
              - { name: five, payload: p/../q,}.elf }
            """
                .replace("q,}.elf }", "\"q,}.elf\" }")
                .replace("p/../\"q,}.elf\"", "\"p/../q,}.elf\""));
    payload("p/one two.elf");
    payload("q,}.elf");

    List<Path> files = ScenarioReader.files(file);

    assertEquals(
        List.of(
            file,
            folder.resolve("p/one two.elf"),
            folder.resolve("q,}.elf"),
            folder.resolve("./p/one two.elf"),
            folder.resolve("p/../q,}.elf")),
        files);
  }

  @Test
  void payloadThatIsMissing_isWrong() throws Exception {
    Path file = scenario("  - { name: one, payload: gone.elf }\n");

    assertThrows(ScenarioException.class, () -> ScenarioReader.files(file));
  }
}
