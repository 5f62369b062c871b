// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.schema.Schemas.Kind;
import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.SourceTree;
import dev.kvmpl.trace.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every file of the tree for which there is a schema keeps to it, and leads editors to it. */
@Tag(SourceTree.TAG)
class SchemaFilesTest {
  private static final Pattern MODELINE =
      Pattern.compile("^# yaml-language-server: \\$schema=(\\S+)$", Pattern.MULTILINE);
  private static final String RESOURCES = "vmm/scenario/src/main/resources/dev/kvmpl/";

  @TempDir Path folder;

  private static List<Path> files(String in) throws IOException {
    try (Stream<Path> files = Files.walk(SourceTree.root().resolve(in))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  static List<Path> scenarios() throws IOException {
    List<Path> scenarios = new ArrayList<>(examples());
    scenarios.removeIf(file -> file.toString().contains("/linux/"));
    scenarios.addAll(files(RESOURCES));
    scenarios.addAll(files("tests/integration/src/test/resources"));
    assertTrue(scenarios.size() > 15, scenarios::toString);
    return scenarios;
  }

  static List<Path> examples() throws IOException {
    return files("docs/examples");
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void scenario_keepsToTheSchema(Path file) throws Exception {
    JsonNode document = Checked.yaml(Files.readString(file));

    assertEquals(List.of(), Checked.of(Kind.SCENARIO).complaints(document));
  }

  @Test
  void whatBootTakes_keepsToItsSchema() throws Exception {
    for (Path file : files("docs/examples/linux")) {
      JsonNode document = Checked.yaml(Files.readString(file));

      assertEquals(List.of(), Checked.of(Kind.BOOT).complaints(document));
      assertTrue(!Checked.of(Kind.SCENARIO).complaints(document).isEmpty());
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void example_leadsToItsSchema(Path file) throws Exception {
    Matcher line = MODELINE.matcher(Files.readString(file));

    assertTrue(line.find(), "no line for editors");
    Kind kind = file.toString().contains("/linux/") ? Kind.BOOT : Kind.SCENARIO;
    assertEquals(kind.text(), Files.readString(file.resolveSibling(line.group(1))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--all", "--driver", "--validator", "--codebase"})
  void projectOfOnesOwn_hasTheSchema_andKeepsToIt(String parts) throws Exception {
    Path project = folder.resolve("mine");
    Command made = Command.kvmpl("new", parts, project.toString());
    assertEquals(0, made.status(), made.err());

    String scenario = Files.readString(project.resolve("scenario.yaml"));
    Matcher line = MODELINE.matcher(scenario);
    assertTrue(line.find() && line.start() == 0, scenario);
    assertEquals(Kind.SCENARIO.text(), Files.readString(project.resolve(line.group(1))));
    assertEquals(List.of(), Checked.of(Kind.SCENARIO).complaints(Checked.yaml(scenario)));
  }

  @ParameterizedTest
  @EnumSource
  void schema_isPrinted(Kind kind) throws Exception {
    Command printed = Command.kvmpl("schema", kind.label());

    assertEquals(0, printed.status(), printed.err());
    assertEquals(kind.text(), printed.out());
  }

  @Test
  void schemaThatThereIsNot_is2() throws Exception {
    Command printed = Command.kvmpl("schema", "claims");

    assertEquals(2, printed.status());
    assertTrue(
        printed.err().contains("there is no schema claims, allowed are scenario, boot, result"),
        printed.err());
  }

  /** What an editor offers is all that there is. */
  @Test
  void verdictsAndSteps_areThoseThatThereAre() throws Exception {
    JsonNode schema = Checked.json(Kind.SCENARIO.text());

    assertEquals(
        Verdict.standard().stream().map(Verdict::label).toList(),
        texts(schema.at("/definitions/verdict/anyOf/0/enum")));
    assertEquals(
        Arrays.stream(Step.values()).map(Step::label).toList(),
        texts(schema.at("/properties/expect/properties/steps/items/enum")));
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
