// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.Payloads;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run --host}, with a stand-in for what makes the host. */
@Tag("subprocess")
@Tag("needs-gcc") // a whole JDK
class EmulatedHostTest {
  @TempDir Path folder;

  @BeforeEach
  void makeStandIn() throws IOException {
    Path run = folder.resolve("tests/hosts/host-run");
    Files.createDirectories(run.resolveSibling("."));
    Files.writeString(
        run,
        """
        #!/bin/bash
        { printf '<%%s> ' "$@"; echo; } >"%s/call"
        echo out
        echo err >&2
        exit 7
        """
            .formatted(folder));
    Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Command run(String... arguments) throws Exception {
    List<String> line = Command.line(arguments);
    line.addAll(1, List.of("-Dkvmpl.root=" + folder, "-Xmx64m"));
    return Command.run(Map.of(), line);
  }

  private String call() throws IOException {
    return Files.readString(folder.resolve("call")).strip();
  }

  @Test
  void run_isHandedOver_andItsResultIsTheHosts() throws Exception {
    Command run = run("run", "--host", "amd", "--json", "--kernel", "6.1", "--timeout=9");

    assertEquals(7, run.status());
    assertEquals("out\n", run.out());
    assertEquals("err\n", run.err());
    assertEquals(
        "<amd> <--kernel> <6.1> <--timeout> <9> <--java-home> <%s> <--modules> <%s> <exec> <dev.kvmpl.cli/dev.kvmpl.cli.Main> <run> <--json>"
            .formatted(System.getProperty("java.home"), System.getProperty("jdk.module.path")),
        call());
  }

  @Test
  void filesThatTheScenarioNames_areHandedOver() throws Exception {
    Path scenario = folder.resolve("a file.yaml");
    Files.writeString(
        scenario,
        """
        validator: { payload: validator }
        drivers: [ { name: a, payload: ./b.elf } ]
        """);
    try (InputStream in =
        Objects.requireNonNull(Payloads.class.getResourceAsStream("payloads/drivers/loops.elf"))) {
      Files.copy(in, folder.resolve("b.elf"));
    }

    Command run = run("run", "--host", "intel", scenario.toString());

    assertEquals(7, run.status(), run.err());
    assertTrue(
        call().contains("<--file> <" + scenario + "> <--file> <" + folder + "/./b.elf> <exec>"),
        call());
    assertTrue(call().endsWith("<run> <--> <" + scenario + ">"), call());
  }

  @Test
  void wrongScenario_startsNoHost() throws Exception {
    Path scenario = Files.writeString(folder.resolve("wrong.yaml"), "nonsense: 1\n");

    Command run = run("run", "--host", "amd", scenario.toString());

    assertEquals(2, run.status(), run.err());
    assertFalse(Files.exists(folder.resolve("call")));
  }

  @Test
  void withoutASourceTree_thereIsNoHost() throws Exception {
    Command run = Command.kvmpl("run", "--host", "amd");

    assertEquals(3, run.status(), run.err());
    assertTrue(run.err().contains("needs kvmpl's source tree"), run.err());
  }

  @Test
  void hostThis_isThisMachine() throws Exception {
    run("run", "--host=this", "--list-files");

    assertFalse(Files.exists(folder.resolve("call")));
  }
}
