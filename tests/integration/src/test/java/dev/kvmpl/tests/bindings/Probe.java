// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.kvmpl.tests.bindings.GeneratedBindings.Fact;
import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the C compiler makes of facts.
 *
 * @param compiled its values, by their keys
 * @param lacking those that it cannot compile: the headers do not have them
 * @param kernel LINUX_VERSION_CODE of the headers
 */
record Probe(Map<String, Long> compiled, Set<Fact> lacking, long kernel) {
  /**
   * The folder usr/include of other kernel headers than the machine's own, as
   * native-headers/generate has it.
   */
  private static final String HEADERS = "KVMPL_KERNEL_HEADERS";

  private static final Path SOURCE = SourceTree.root().resolve("native-headers/probe.c");
  private static final Pattern ERROR =
      Pattern.compile("(?m)^\\S*probe\\.inc:(\\d+):\\d+: (?:error|note):");
  private static final String VERSION = "constant LINUX_VERSION_CODE";

  Probe {
    compiled = Map.copyOf(compiled);
    lacking = Set.copyOf(lacking);
  }

  /** Compiles; what cannot be compiled is left out the second time. */
  static Probe of(List<Fact> facts, Path folder) throws IOException, InterruptedException {
    Path program = folder.resolve("probe");
    List<String> gcc = new ArrayList<>(List.of("gcc", "-I", folder.toString()));
    String headers = System.getenv(HEADERS);
    if (headers != null) {
      gcc.addAll(List.of("-I", headers, "-I", headers + "/x86_64-linux-gnu"));
    }
    gcc.addAll(List.of("-fmax-errors=0", "-o", program.toString(), SOURCE.toString()));

    Set<Integer> lines = new TreeSet<>();
    write(folder, facts, lines);
    Ran first = Ran.of(gcc);
    if (first.status != 0) {
      ERROR
          .matcher(first.output)
          .results()
          .map(error -> Integer.valueOf(error.group(1)))
          .forEach(lines::add);
      assertFalse(lines.isEmpty(), first.output);
      // An error in a macro is told of with the line that uses it as a note.
      write(folder, facts, lines);
      Ran second = Ran.of(gcc);
      assertEquals(0, second.status, second.output);
    }
    Map<String, Long> values = parse(Ran.of(List.of(program.toString())).output);
    long kernel = Objects.requireNonNull(values.remove(VERSION), VERSION);
    return new Probe(
        values,
        lines.stream().map(line -> facts.get(line - 1)).collect(Collectors.toSet()),
        kernel);
  }

  private static void write(Path folder, List<Fact> facts, Set<Integer> without)
      throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < facts.size(); i++) {
      lines.add(without.contains(i + 1) ? "" : facts.get(i).probe());
    }
    Files.write(folder.resolve("probe.inc"), lines);
  }

  private static Map<String, Long> parse(String output) {
    Map<String, Long> values = new HashMap<>();
    output
        .lines()
        .forEach(
            line ->
                values.put(
                    line.substring(0, line.lastIndexOf(' ')),
                    Long.valueOf(line.substring(line.lastIndexOf(' ') + 1))));
    return values;
  }

  private record Ran(int status, String output) {
    static Ran of(List<String> command) throws IOException, InterruptedException {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = process.inputReader().lines().collect(Collectors.joining("\n"));
      return new Ran(process.waitFor(), output);
    }
  }
}
