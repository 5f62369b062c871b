// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A source tree of which every program is a stand-in: it notes how it was called and leaves the
 * report that a file says. Each has a name here: unit, launcher, integration, amd, intel.
 */
final class StubTree {
  private static final String PROGRAM =
      """
      #!/bin/bash
      case "$*" in
        amd* | intel*) name=$1 ;;
        *this/unit*) name=unit ;;
        *this/launcher*) name=launcher ;;
        *) name=integration ;;
      esac
      { printf '<%s> ' "$@"; echo; } >"@ROOT@/$name.call"
      while [[ $# -gt 0 && $1 != --reports ]]; do shift; done
      [[ ! -e "@ROOT@/$name.xml" ]] || cp "@ROOT@/$name.xml" "$2/TEST-a.xml"
      [[ ! -e "@ROOT@/$name.counts" ]] || cp "@ROOT@/$name.counts" "$2/counts"
      exit "$(cat "@ROOT@/$name.status" 2>/dev/null || echo 0)"
      """;

  final Path root;
  private final Path java;
  private String out = "";
  private String err = "";

  StubTree(Path folder) throws IOException {
    root = Files.createDirectories(folder.resolve("tree"));
    java = root.resolve("jdk");
    for (String program : List.of("jdk/bin/java", "tests/launcher/run", "tests/hosts/host-run")) {
      Path file = root.resolve(program);
      Files.createDirectories(file.resolveSibling("."));
      Files.writeString(file, PROGRAM.replace("@ROOT@", root.toString()));
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Files.createDirectories(root.resolve("vmm/kvm/target/test-classes"));
    Path classpath = root.resolve("tests/integration/target/classpath");
    Files.createDirectories(classpath);
    Files.createFile(classpath.resolve("junit.jar"));
    Files.createFile(classpath.resolve("kvmpl-1-tests.jar"));
    for (String name : List.of("unit", "launcher", "integration", "amd", "intel")) {
      ends(name, 0, 1, 0, 0);
    }
  }

  /** How a program ends, and what its report says. */
  void ends(String name, int status, int tests, int failed, int skipped) throws IOException {
    write(name + ".status", String.valueOf(status));
    write(
        name + ".xml",
        "<testsuite tests='%d' failures='%d' skipped='%d'/>".formatted(tests, failed, skipped));
  }

  /** The program leaves no report. */
  void leavesNothing(String name) throws IOException {
    Files.delete(root.resolve(name + ".xml"));
  }

  void write(String name, String text) throws IOException {
    Files.writeString(root.resolve(name), text);
  }

  /** Runs {@code kvmpl test ARGUMENTS}; returns the exit status. */
  int test(String... arguments) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    ByteArrayOutputStream complained = new ByteArrayOutputStream();
    TestCommand command =
        new TestCommand(
            new Suites(root, java),
            new PrintStream(printed, true, StandardCharsets.UTF_8),
            new PrintStream(complained, true, StandardCharsets.UTF_8));
    int status = TestCommand.line(command).execute(arguments);
    out = printed.toString(StandardCharsets.UTF_8);
    err = complained.toString(StandardCharsets.UTF_8);
    return status;
  }

  String out() {
    return out;
  }

  String err() {
    return err;
  }

  String lastLine() {
    return out.substring(out.stripTrailing().lastIndexOf('\n') + 1).stripTrailing();
  }

  /** The arguments that the program was last called with, each in angle brackets; empty if not. */
  String call(String name) throws IOException {
    Path call = root.resolve(name + ".call");
    return Files.exists(call) ? Files.readString(call).strip() : "";
  }
}
