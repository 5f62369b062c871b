// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SourceTree;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What ./kvmpl makes of the terminal and the locale that it is started with. */
@RequiresKvm
@Tag("subprocess")
@Tag(SourceTree.TAG)
class LauncherTest {
  private static final String SCENARIO =
      """
      validator: { payload: validator }
      drivers: [ { name: a, payload: %s } ]
      timeLimit: 20s
      """;

  @TempDir Path folder;

  /** Starts {@code ./kvmpl run ARGUMENTS}; its output goes to files out and err. */
  private ProcessBuilder kvmpl(String... arguments) throws Exception {
    Path root = SourceTree.root().toRealPath();
    List<String> line = new ArrayList<>(List.of(root.resolve("kvmpl").toString(), "run"));
    line.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectOutput(folder.resolve("out").toFile())
            .redirectError(folder.resolve("err").toFile());
    // Everything is built: these tests are part of the build.
    builder.environment().put("KVMPL_BUILT", root.toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder;
  }

  private String read(String name) throws Exception {
    return Files.readString(folder.resolve(name));
  }

  private Path scenario(String name, String payload) throws Exception {
    return Files.writeString(folder.resolve(name), SCENARIO.replace("%s", payload));
  }

  /** The names are given as bytes: this JVM's own locale may not have their letters. */
  @ParameterizedTest
  @ValueSource(strings = {"C", "POSIX", "C.UTF-8", "xx_XX.UTF-8"})
  void nameThatIsNotAscii_isFoundAndShown_inEveryLocale(String locale) throws Exception {
    Path script =
        Files.writeString(
            folder.resolve("script"),
            """
            cp "$1" "$2/größe 数据.yaml"
            LC_ALL=%s exec "$3" run "$2/größe 数据.yaml"
            """
                .replace("%s", locale));
    ProcessBuilder builder = kvmpl();
    String kvmpl = builder.command().getFirst();
    builder.command(
        List.of(
            "bash",
            script.toString(),
            scenario("plain.yaml", BuiltInPayload.STORE.fileName()).toString(),
            folder.toString(),
            kvmpl));

    assertEquals(0, builder.start().waitFor(), read("err"));
    assertTrue(read("out").startsWith(folder.resolve("größe 数据.yaml") + " on "), read("out"));
  }

  @Test
  void nameWithANewline_isShownOnOneLine() throws Exception {
    Path file = scenario("a\n\"b'.yaml", BuiltInPayload.STORE.fileName());

    assertEquals(0, kvmpl(file.toString()).start().waitFor(), read("err"));
    assertTrue(read("out").startsWith(folder + "/a\\u000a\"b'.yaml on "), read("out"));
  }

  /** With what the launcher lets pass as enough, Java does not break down: five times in a row. */
  @Test
  void leastAddressSpace_isEnough() throws Exception {
    ProcessBuilder builder = kvmpl();
    String kvmpl = builder.command().getFirst();
    String least =
        Files.readString(Path.of(kvmpl).resolveSibling("launcher/run.sh"))
            .replaceFirst("(?s).*\nleast_kib=(\\d+).*", "$1");
    builder.command(
        "bash",
        "-ec",
        "ulimit -v \"$1\"; for i in 1 2 3 4 5; do \"$2\" run; done",
        "-",
        least,
        kvmpl);
    builder.environment().remove("MALLOC_ARENA_MAX");
    builder.directory(folder.toFile());

    assertEquals(0, builder.start().waitFor(), read("out") + read("err"));
    assertEquals("", read("err"));
  }

  @Test
  void sigquit_dumpsTheThreadsOnStderr_andStdoutStaysOneDocument() throws Exception {
    try (InputStream in =
        Objects.requireNonNull(Payloads.class.getResourceAsStream("payloads/drivers/loops.elf"))) {
      Files.write(folder.resolve("loops.elf"), in.readAllBytes());
    }
    Process process = kvmpl("--json", scenario("loops.yaml", "./loops.elf").toString()).start();

    // By then the JVM has its handler for SIGQUIT: the vCPUs' threads are its own.
    while (process.isAlive() && !hasVcpus(process.pid())) {
      Thread.sleep(20);
    }
    new ProcessBuilder("kill", "-QUIT", Long.toString(process.pid())).start().waitFor();

    assertEquals(5, process.waitFor(), read("err"));
    assertTrue(read("err").contains("Full thread dump"), read("err"));
    assertFalse(read("out").contains("Full thread dump"), read("out"));
    assertEquals("timed-out", new ObjectMapper().readTree(read("out")).get("outcome").asText());
  }

  private static boolean hasVcpus(long process) throws Exception {
    Path tasks = Path.of("/proc", Long.toString(process), "task");
    try (var threads = Files.list(tasks)) {
      for (Path thread : threads.toList()) {
        if (Files.readString(thread.resolve("comm")).startsWith("vcpu")) {
          return true;
        }
      }
    } catch (java.io.IOException e) {
      return false; // a thread, or the process, has just ended
    }
    return false;
  }
}
