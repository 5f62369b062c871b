// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.linux.LinuxReader;
import dev.kvmpl.schema.Schemas.Kind;
import dev.kvmpl.tests.support.SourceTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same as {@link ScenarioSchemaTest}, of what {@code kvmpl boot} takes. */
@Tag(SourceTree.TAG) // the same on every host
class BootSchemaTest {
  private static final String ALL =
      """
      validator: { payload: validator }
      enforcement: slots
      protect:
        - kernel-text
        - kernel-rodata
        - { module: counter, sections: [ data, rodata ] }
        - { symbol: sys_call_table }
        - { gpa: 0x1000000, length: 64KiB }
      rules:
        - { what: kernel-text, who: module counter, do: gp }
        - { who: kernel-patching, do: store }
      modules: [ counter.c, ../b/table_writer.ko ]
      run: uname -a
      expect:
        - { who: module counter, what: kernel-text, answer: gp }
        - { who: kernel }
      """;

  private static final List<Pattern> NO_SCHEMAS =
      List.of(
          Pattern.compile("what is .*, which nothing in protect is called.*"),
          Pattern.compile("payload .*"),
          Pattern.compile("(gpa|length) is .*, allowed are multiples of 4096.*"),
          Pattern.compile(".* (twice|a second time|in protect).*"));

  @TempDir Path folder;

  private String refusal(String text) throws Exception {
    Path file = folder.resolve("s.yaml");
    Files.writeString(file, text);
    try {
      LinuxReader.read(file);
      return "";
    } catch (ScenarioException e) {
      return String.valueOf(e.getMessage()).replaceFirst(".*s.yaml:\\d+: ", "");
    }
  }

  @Test
  void fileWithEveryKey_isGoodForBoth() throws Exception {
    assertEquals("", refusal(ALL));
    assertEquals(List.of(), Checked.of(Kind.BOOT).complaints(Checked.yaml(ALL)));
  }

  @Test
  void changedFile_isRefusedByBothOrByNone_asFarAsASchemaCanSayIt() throws Exception {
    Checked schema = Checked.of(Kind.BOOT);
    List<String> wrong = new ArrayList<>();
    int refused = 0;
    for (JsonNode document : Changes.of(Checked.yaml(ALL))) {
      List<String> complaints = schema.complaints(document);
      String refusal = refusal(document.toString());
      if (!complaints.isEmpty()) {
        refused++;
      }
      if (!complaints.isEmpty() && refusal.isEmpty()) {
        wrong.add("the schema alone: " + complaints + " in " + document);
      }
      if (complaints.isEmpty()
          && !refusal.isEmpty()
          && NO_SCHEMAS.stream().noneMatch(rule -> rule.matcher(refusal).matches())) {
        wrong.add("the reader alone: " + refusal + " in " + document);
      }
    }

    assertEquals(List.of(), wrong.stream().limit(20).toList(), wrong.size() + " in all");
    assertTrue(refused > 500, refused + " refused");
  }
}
