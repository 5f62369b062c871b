// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a scenario file holds: it is a scenario, or one line says where it is none. */
@Tag("exhaustive")
@Tag(SourceTree.TAG)
class ScenarioFuzzTest {
  /** What a complaint may take: the keys that are allowed, and the start of a value. */
  private static final int MESSAGE_MAX = 1000;

  private static final int COMMANDS = 8;

  @TempDir Path folder;

  private static List<String> corpus() throws IOException {
    Path root = SourceTree.root();
    Path linux = root.resolve("docs/examples/linux"); // what `boot` takes is no scenario
    try (Stream<Path> examples = Files.walk(root.resolve("docs/examples"));
        Stream<Path> builtIn = Files.walk(root.resolve("vmm/scenario/src/main/resources"))) {
      return Stream.concat(examples.filter(file -> !file.startsWith(linux)), builtIn)
          .filter(file -> file.toString().endsWith(".yaml"))
          .sorted()
          .map(ScenarioFuzzTest::text)
          .toList();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One line, which starts with the file's name and, unless it could not be read, a line in it. */
  private static void assertComplaint(Path file, byte[] content, String message) {
    assertTrue(message.length() < file.toString().length() + MESSAGE_MAX, message);
    assertFalse(
        Pattern.compile("\\v|\\p{Cntrl}|Exception|\\(null\\)|YAML: null").matcher(message).find(),
        message);
    String start = file + ":";
    assertTrue(message.startsWith(start), message);
    if (!message.startsWith(start + " cannot be read (")) {
      String rest = message.substring(start.length());
      int line = Integer.parseInt(rest.substring(0, rest.indexOf(':')));
      long lines = new String(content, UTF_8).split("\\R", -1).length;
      assertTrue(line >= 1 && line <= lines + 1, () -> message + " of " + lines + " lines");
      assertTrue(rest.matches("[0-9]+: \\S.*"), message);
    }
  }

  private void read(byte[] content) throws IOException {
    Path file = folder.resolve("fuzzed.yaml");
    Files.write(file, content);
    try {
      Scenario scenario = ScenarioReader.read(file);
      assertFalse(scenario.machine().drivers().isEmpty());
    } catch (ScenarioException e) {
      assertComplaint(file, content, String.valueOf(e.getMessage()));
    }
  }

  @Test
  void mutatedScenario_isOne_orRefusedInOneLine() throws IOException {
    ScenarioMutator mutator = new ScenarioMutator(corpus());

    Cases.run(random -> read(mutator.next(random)));
  }

  /** It is built, and so has everything that a machine needs; that it runs is other tests'. */
  @Test
  @RequiresKvm
  void mutatedScenarioThatIsOne_isAMachine() throws IOException {
    ScenarioMutator mutator = new ScenarioMutator(corpus());
    Path file = folder.resolve("fuzzed.yaml");

    try (Kvm kvm = Kvm.open()) {
      Cases.runSome(
          random -> {
            Files.write(file, mutator.next(random));
            try (Machine machine = new Machine(kvm, ScenarioReader.read(file).machine())) {
              assertTrue(machine.memory().size() >= MemoryLayout.PAYLOADS.memoryMin());
            } catch (ScenarioException | PayloadsTooLargeException e) {
              assertFalse(String.valueOf(e.getMessage()).isBlank());
            }
          });
    }
  }

  /** So that the tests above are not about files of which nothing is left. */
  @Test
  void corpus_isOfScenarios() throws IOException {
    int scenarios = 0;
    for (String text : corpus()) {
      try {
        ScenarioReader.parse("corpus", text);
        scenarios++;
      } catch (ScenarioException e) {
        assertTrue(String.valueOf(e.getMessage()).contains("target/"), e.getMessage());
      }
    }
    assertTrue(scenarios >= 12, scenarios + " scenarios");
  }

  /** The same through the command, with the heap that the launcher gives it. */
  @Test
  @Tag("subprocess")
  void refusedScenario_isOneLineOfTheCommand_andStatus2() throws Exception {
    ScenarioMutator mutator = new ScenarioMutator(corpus());
    SplittableRandom random = new SplittableRandom();
    Path file = folder.resolve("fuzzed.yaml");
    int refused = 0;
    while (refused < COMMANDS) {
      Files.write(file, mutator.next(random));
      try {
        ScenarioReader.read(file);
      } catch (ScenarioException e) {
        refused++;
        Command run = Command.small("run", file.toString());
        assertEquals(2, run.status(), run.err());
        assertEquals("", run.out());
        assertEquals(1, run.err().lines().count(), run.err());
      }
    }
  }
}
