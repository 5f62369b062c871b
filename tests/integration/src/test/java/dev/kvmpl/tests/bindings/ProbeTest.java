// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.bindings.GeneratedBindings.Fact;
import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The generated bindings against the headers: native-headers/probe.c is compiled with every size,
 * offset and constant that the bindings have.
 */
@Tag("needs-gcc")
@Tag(SourceTree.TAG)
class ProbeTest {
  private static final Path PROBE = SourceTree.root().resolve("native-headers/probe.c");
  private static final Path ABI =
      SourceTree.root().resolve("guest-payloads/include/kvmpl/abi.h");

  @Test
  void everyGeneratedSizeOffsetAndConstant_isTheCompilers(@TempDir Path folder) throws Exception {
    List<Fact> facts = GeneratedBindings.facts();
    Files.write(folder.resolve("probe.inc"), facts.stream().map(Fact::probe).toList());
    Path program = folder.resolve("probe");

    run("gcc", "-I", folder.toString(), "-o", program.toString(), PROBE.toString());
    Map<String, Long> compiled = parse(run(program.toString()));

    List<String> wrong =
        facts.stream()
            .filter(fact -> !agrees(fact, compiled.get(fact.key())))
            .map(fact -> fact.key() + " is " + compiled.get(fact.key()) + ", not " + fact.value())
            .toList();
    assertEquals(List.of(), wrong);
    assertEquals(facts.size(), compiled.size());
  }

  /** A generated {@code int} holds an unsigned number too. */
  private static boolean agrees(Fact fact, Long compiled) {
    return fact.type() == int.class
        ? fact.value() == compiled.intValue() && compiled >>> 32 << 32 == (compiled < 0 ? -1L << 32 : 0)
        : fact.value() == compiled;
  }

  /** So that an empty list of facts, or one without a kind of them, cannot pass. */
  @Test
  void factsThatEverythingStandsOn_areAmongTheGenerated() {
    Map<String, Long> facts =
        GeneratedBindings.facts().stream().collect(Collectors.toMap(Fact::key, Fact::value));

    assertEquals(0xae80, facts.get("constant KVM_RUN"));
    assertEquals(0x4020ae46L, facts.get("constant KVM_SET_USER_MEMORY_REGION"));
    assertEquals(4, facts.get("constant EINTR"));
    assertEquals(0xc0010130, facts.get("constant KVMPL_MSR_GHCB"));
    assertEquals(32, facts.get("size kvm_userspace_memory_region"));
    assertEquals(40, facts.get("offset kvm_run.mmio.data"));
    assertEquals(4096, facts.get("size ghcb"));
    assertEquals(4096, facts.get("size vmsa"));
  }

  /** What is added to abi.h and not generated would be there for the guests alone. */
  @Test
  void everyConstantAndStructOfTheAbi_isGenerated() throws IOException {
    String header = Files.readString(ABI);
    Set<String> declared = new TreeSet<>();
    declared.addAll(found("(?m)^#define (\\w+) \\S", "constant ", header));
    declared.addAll(found("(?m)^  (KVMPL_STEP_\\w+)", "constant ", header));
    declared.addAll(found("(?m)^struct (\\w+) \\{", "size ", header));

    Set<String> generated =
        GeneratedBindings.facts().stream().map(Fact::key).collect(Collectors.toSet());

    assertTrue(declared.size() > 100, declared::toString);
    declared.removeAll(generated);
    assertEquals(Set.of(), declared);
  }

  private static Set<String> found(String pattern, String prefix, String text) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(match -> prefix + match.group(1))
        .collect(Collectors.toSet());
  }

  private static Map<String, Long> parse(List<String> lines) {
    return lines.stream()
        .collect(
            Collectors.toMap(
                line -> line.substring(0, line.lastIndexOf(' ')),
                line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1))));
  }

  private static List<String> run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> lines = process.inputReader().lines().toList();
    assertEquals(0, process.waitFor(), () -> String.join("\n", lines));
    return lines;
  }
}
