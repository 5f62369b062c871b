// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SourceTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What {@code ./kvmpl dist} makes, where there is nothing else. */
@RequiresKvm
@Tag("subprocess")
@Tag(SourceTree.TAG)
class DistributionTest {
  private static final Pattern THEIRS = Pattern.compile("(?m)^(?!dev\\.kvmpl|java|jdk)(\\S+)@");

  @TempDir static Path made = Path.of("");
  private static @Nullable Distribution unpacked;

  @TempDir Path folder;

  @BeforeAll
  static void make() throws Exception {
    unpacked = Distribution.in(made);
  }

  private static Distribution dist() {
    return Objects.requireNonNull(unpacked);
  }

  @Test
  void example_runs() throws Exception {
    Command run = dist().kvmpl("run", dist().home().resolve("examples/restricted.yaml").toString());

    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().endsWith("all expectations held\n"), run.out());
    assertEquals("", run.err());
  }

  @ParameterizedTest
  @CsvSource({
    "run, all expectations held",
    "claims, ' pass'",
    "doctor, yes",
    "--help, Usage: kvmpl"
  })
  void command_works(String command, String says) throws Exception {
    Command run = dist().kvmpl(command);

    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains(says), run.out());
  }

  @ParameterizedTest
  @CsvSource({
    "run --host amd, 3, --host amd needs kvmpl's source tree: use its ./kvmpl",
    "boot --host amd, 3, --host amd needs kvmpl's source tree: use its ./kvmpl",
    "test, 2, Unmatched argument at index 0: 'test' (kvmpl --help)",
  })
  void whatTakesTheSourceTree_saysSo(String arguments, int status, String why) throws Exception {
    Command run = dist().kvmpl(arguments.split(" "));

    assertEquals(status, run.status());
    assertEquals("kvmpl: " + why + "\n", run.err());
  }

  /** With the compiler of this machine it builds and runs by the distribution's command. */
  @Test
  @Tag("needs-gcc")
  void newProject_saysWhatIsMissing_andRunsWhereItIsNot() throws Exception {
    String project = folder.resolve("p").toString();

    Command made = dist().kvmpl("new", "--driver", project);
    Command make = Command.run(Map.of(), List.of("make", "-C", project, "run"));

    assertEquals(0, made.status(), made.err());
    assertTrue(made.out().endsWith("missing to build it: gcc, make\n"), made.out());
    assertEquals(0, make.status(), make.out() + make.err());
    assertTrue(make.out().contains(dist().home() + "/bin/kvmpl\" run"), make.out());
  }

  @Test
  void classesOfTheProduct_areInTheArchive_whereverItIs() throws Exception {
    Path log = folder.resolve("classes");

    Command run =
        dist().kvmpl(Map.of("KVMPL_JAVA_OPTS", "-Xlog:class+load:file=" + log), "--version");

    assertEquals("kvmpl " + dist().version() + "\n", run.out(), run.err());
    String loaded = Files.readString(log);
    assertTrue(loaded.contains("dev.kvmpl.cli.Main source: shared objects file\n"), loaded);
    assertTrue(loaded.contains("java.lang.Object source: shared objects file\n"), loaded);
  }

  @Test
  void command_isFoundThroughALink() throws Exception {
    Path link = folder.resolve("kvmpl");
    Files.createSymbolicLink(link, dist().home().resolve("bin/kvmpl"));

    Command run = dist().run(Map.of(), List.of(link.toString(), "--version"));

    assertEquals("kvmpl " + dist().version() + "\n", run.out(), run.err());
  }

  @Test
  void everyLibraryInIt_hasItsLicenseBeside() throws Exception {
    Command modules =
        Command.run(
            Map.of(),
            List.of(dist().home().resolve("lib/runtime/bin/java").toString(), "--list-modules"));
    String notices = Files.readString(dist().home().resolve("THIRD-PARTY.md"));
    List<String> theirs =
        THEIRS.matcher(modules.out()).results().map(found -> found.group(1)).toList();

    assertTrue(theirs.contains("info.picocli"), modules.out());
    for (String module : theirs) {
      assertTrue(Pattern.compile("(?m)^\\|.*\\b" + module + "\\b").matcher(notices).find(), module);
    }
    Pattern.compile("(?:legal|lib)/[\\w/-]+|LICENSE(?= \\|)")
        .matcher(notices)
        .results()
        .forEach(
            path -> assertTrue(Files.exists(dist().home().resolve(path.group())), path.group()));
  }

  @ParameterizedTest
  @CsvSource({"/nowhere", "/dev/null"})
  void folderThatCannotBeWritten_isWrongUsage(String to) throws Exception {
    Command made = Distribution.dist(to);

    assertEquals(2, made.status());
    assertEquals("kvmpl: kvmpl dist: " + to + " is no folder that can be written to\n", made.err());
  }

  @Test
  void image_hasWhatItStarts() throws Exception {
    Image image = Image.of(dist(), folder);

    Command run = dist().run(Map.of(), image.line(image.arguments()));

    assertEquals(List.of("doctor"), image.arguments());
    assertEquals(0, run.status(), run.err());
  }

  @Test
  void kubernetesJob_runsAScenarioThatHolds() throws Exception {
    Map<?, ?> container = container();
    List<String> arguments =
        ((List<?>) Objects.requireNonNull(container.get("args")))
            .stream().map(String::valueOf).toList();

    Command run = dist().run(Map.of(), Image.of(dist(), folder).line(arguments));

    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("\"held\" : true"), run.out());
    assertEquals(
        Map.of("limits", Map.of("devices.kubevirt.io/kvm", "1", "memory", "256Mi")),
        container.get("resources"));
  }

  private static Map<?, ?> container() throws Exception {
    Object value =
        new Load(LoadSettings.builder().build())
            .loadFromString(
                Files.readString(SourceTree.root().resolve("docs/ci/kubernetes-job.yaml")));
    for (String key : List.of("spec", "template", "spec", "containers")) {
      value = Objects.requireNonNull(((Map<?, ?>) value).get(key));
    }
    return (Map<?, ?>) ((List<?>) value).getFirst();
  }
}
