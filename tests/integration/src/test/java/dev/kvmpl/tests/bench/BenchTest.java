// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SourceTree;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is measured, stored, read and compared. */
@Tag("subprocess")
@Tag(SourceTree.TAG)
class BenchTest {
  @TempDir Path folder;

  private static Command bench(String... arguments) throws Exception {
    List<String> line = new ArrayList<>();
    line.add(SourceTree.root().resolve("kvmpl").toString());
    line.add("bench");
    line.addAll(List.of(arguments));
    return Command.run(Map.of("KVMPL_BUILT", SourceTree.root().toString()), line);
  }

  private Path measured(String benchmark) throws Exception {
    Path file = folder.resolve(benchmark + ".json");
    Command bench =
        bench("--quick", "--rounds", "1", "--forks", "0", "--json", file.toString(), benchmark);
    assertEquals(0, bench.status(), bench.err());
    assertTrue(bench.out().contains(benchmark), bench.out());
    assertTrue(
        bench.err().contains("bench: 1 of ") && bench.err().contains(", " + benchmark),
        bench.err());
    return file;
  }

  private static JsonNode first(Path file) throws Exception {
    return JsonMapper.builder().build().readTree(file.toFile()).get(0);
  }

  @Test
  @RequiresKvm
  void exit_isMeasured_inJavaAndInC_andItsAllocationCounted() throws Exception {
    JsonNode result = first(measured("MmioExit"));

    assertEquals("dev.kvmpl.benchmarks.suite.MmioExit.exit", result.path("benchmark").asText());
    assertEquals("sample", result.path("mode").asText());
    assertEquals("us/op", result.at("/primaryMetric/scoreUnit").asText());
    assertTrue(result.at("/primaryMetric/score").asDouble() > 0, result::toString);
    assertTrue(result.at("/primaryMetric/scorePercentiles/99.9").asDouble() > 0);
    assertTrue(result.at("/primaryMetric/rawDataHistogram/0/0").size() > 1);
    assertTrue(result.at("/kvmpl/c/same calls/0/cNs").asDouble() > 0, result::toString);
    assertTrue(result.at("/kvmpl/host/backend").asText().startsWith("kvm_"), result::toString);
    assertFalse(
        result.toString().contains(SourceTree.root().toString()), "where kvmpl has been unpacked");
    for (String fact : List.of("mitigations", "governor", "quirks", "jdk", "cpu", "kernel")) {
      assertTrue(result.at("/kvmpl/host/" + fact).isTextual(), fact);
    }
    assertTrue(result.at("/kvmpl/allocated").isNumber(), "allocated");
  }

  @Test
  @RequiresKvm
  void roundTrip_isMeasured_withItsParts() throws Exception {
    JsonNode result = first(measured("RoundTrip"));

    JsonNode parts = result.at("/kvmpl/parts");
    assertEquals(5, parts.size(), parts::toString);
    double sum = 0;
    for (JsonNode part : parts) {
      sum += part.path("meanNs").asDouble();
    }
    double mean = result.at("/primaryMetric/score").asDouble() * 1e3;
    assertEquals(mean, sum, mean / 10, "the parts are the whole");
    assertTrue(result.at("/kvmpl/c/best/0/cNs").asDouble() > 0, result::toString);
    assertTrue(result.at("/kvmpl/c/same calls/0/cNs").asDouble() > 0, result::toString);
  }

  @Test
  @RequiresKvm
  void storedResult_isShown_andNoSlowerThanItself() throws Exception {
    String file = measured("HltExit").toString();

    Command shown = bench("--from", file);
    Command compared = bench("--from", file, "--compare", file);

    assertEquals(0, shown.status(), shown.err());
    assertTrue(shown.out().contains("HltExit"), shown.out());
    assertEquals(0, compared.status(), compared.err());
    assertTrue(compared.out().contains("1.000"), compared.out());
  }

  @Test
  @RequiresKvm
  void slowerThanBefore_isStatus4() throws Exception {
    Path file = measured("HltExit");
    JsonMapper mapper = JsonMapper.builder().build();
    JsonNode all = mapper.readTree(file.toFile());
    ArrayNode medians = (ArrayNode) all.at("/0/kvmpl/medians");
    for (int i = 0; i < medians.size(); i++) {
      medians.set(i, medians.get(i).asLong() * 2);
    }
    Path slower = Files.writeString(folder.resolve("slower.json"), mapper.writeValueAsString(all));

    Command compared = bench("--from", slower.toString(), "--compare", file.toString());

    assertEquals(4, compared.status(), compared.out() + compared.err());
    assertTrue(compared.out().contains("slower"), compared.out());
  }

  @Test
  @RequiresKvm
  void runThatIsEndedEarly_keepsWhatItHasMeasured() throws Exception {
    Path file = folder.resolve("early.json");
    Process process =
        new ProcessBuilder(
                SourceTree.root().resolve("kvmpl").toString(),
                "bench",
                "--forks",
                "0",
                "--json",
                file.toString(),
                "HltExit",
                "CpuidExit",
                "MprotectFlip")
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    try (BufferedReader err = process.errorReader()) {
      String line = "";
      while (line != null && !line.contains("2 of 3")) {
        line = err.readLine();
      }
      process.toHandle().destroy(); // SIGTERM; destroy() would close err as well

      assertEquals(143, process.waitFor());
      assertEquals("kvmpl: ended early; what had been measured is kept", err.readLine());
    }
    JsonNode all = JsonMapper.builder().build().readTree(file.toFile());
    assertEquals(1, all.size());
    assertEquals("dev.kvmpl.benchmarks.suite.HltExit.exit", all.at("/0/benchmark").asText());
    assertTrue(Files.readString(folder.resolve("out")).contains("HltExit"));
  }

  @ParameterizedTest
  @CsvSource({
    "Nonsense, Nonsense is no benchmark; there are MmioExit",
    "--nonsense, Unknown option: '--nonsense'",
    "--host vax, --host vax is not this",
    "--kernel 6.1, go with --host",
    "--rounds -1, --rounds -1 is not",
    "--forks 2, --forks 2 is not",
    "--tolerance -1, --tolerance -1.0 is not",
    "--from /nowhere.json, cannot read /nowhere.json",
    "--from /dev/null, /dev/null: no",
    "--compare /dev/null, /dev/null: no",
    "--from /dev/null MmioExit, --from measures nothing",
    "--json /nowhere/x.json HltExit, cannot write /nowhere/x.json",
    "--report /dev HltExit, cannot write /dev",
  })
  void wrongUsage_isALine_andStatus2(String arguments, String why) throws Exception {
    Command bench = bench(arguments.split(" "));

    assertEquals(2, bench.status(), bench.err());
    assertTrue(bench.err().contains(why), bench.err());
    assertEquals(1, bench.err().lines().count(), bench.err());
    assertEquals("", bench.out());
  }

  @Test
  void help_isThereWithoutABuild() throws Exception {
    Command help =
        Command.run(
            Map.of("KVMPL_BUILT", "", "PATH", "/usr/bin:/bin", "JAVA_HOME", "/nowhere"),
            List.of(SourceTree.root().resolve("kvmpl").toString(), "bench", "--help"));

    assertEquals(0, help.status(), help.err());
    assertTrue(help.out().contains("MmioExit"), help.out());
    assertEquals("", help.err());
  }
}
