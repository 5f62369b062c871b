// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The suites of a source tree that is built.
 *
 * @param root the source tree
 * @param java the home of the JDK
 */
record Suites(Path root, Path java) {
  /** Modules whose own tests are beside their sources. */
  private static final List<String> MODULES =
      List.of(
          "bindings",
          "guest-payloads",
          "vmm/kvm",
          "vmm/machine",
          "vmm/linux",
          "vmm/scenario",
          "vmm/cli",
          "tests/benchmarks");

  /** What says nothing about a host: it needs what is not in there. */
  private static final List<String> NOT_THERE =
      List.of("needs-gcc", "needs-source-tree", "needs-browser");

  /** Many cases of few lines; and starting a JVM takes long in there. */
  private static final List<String> SLOW_THERE = List.of("exhaustive", "subprocess");

  /** Of what is tried many times, less there: each machine takes longer than here. */
  private static final List<String> FEWER_THERE =
      List.of(
          "--env", "KVMPL_REQUIRE_KVM=1",
          "--env", "KVMPL_FAULTS=each",
          "--env", "KVMPL_LEAK_RUNS=20",
          "--env", "KVMPL_NO_BREAKPOINTS=1",
          "--java-option", "-Dkvmpl.stores.cases=480",
          "--java-option", "-Dkvmpl.fuzz.requests=100",
          "--java-option", "-Dkvmpl.interleaving.machines=1");

  /** This machine's: the modules' own tests, the launcher's, and those against its KVM. */
  List<Suite> here(Selection selection) throws IOException {
    List<Suite> suites = new ArrayList<>();
    unit(selection).ifPresent(suites::add);
    if (!selection.isNamed() && !selection.pure()) {
      Path reports = reports("this", "launcher");
      suites.add(
          new Suite(
              reports,
              List.of(
                  root.resolve("tests/launcher/run").toString(), "--reports", reports.toString())));
    }
    suites.add(integration(selection));
    return suites;
  }

  /** A module's own tests see what is in its packages, so all is on the class path. */
  private Optional<Suite> unit(Selection selection) {
    List<String> roots =
        MODULES.stream()
            .map(module -> root.resolve(module).resolve("target/test-classes"))
            .filter(Files::isDirectory)
            .map(Path::toString)
            .toList();
    if (roots.isEmpty()) {
      return Optional.empty();
    }
    String tests = String.join(File.pathSeparator, roots);
    Path reports = reports("this", "unit");
    List<String> line = new ArrayList<>(jvm(selection));
    line.addAll(
        List.of(
            "-cp",
            String.join(
                File.pathSeparator,
                tests,
                modules() + "/*",
                classpath() + "/*",
                root.resolve("tests/benchmarks/target/classpath") + "/*"),
            "--enable-native-access=ALL-UNNAMED"));
    line.addAll(testRun(tests, reports, selection));
    return Optional.of(new Suite(reports, line));
  }

  /** The product is on the module path, as it is for users. */
  private Suite integration(Selection selection) throws IOException {
    Path reports = reports("this", "integration");
    List<String> line = new ArrayList<>(jvm(selection));
    line.addAll(
        List.of(
            "-cp",
            classpath() + "/*",
            "--module-path",
            modules().toString(),
            "--add-modules",
            "dev.kvmpl.cli",
            "--enable-native-access=dev.kvmpl.bindings"));
    line.addAll(testRun(testJars(), reports, selection));
    return new Suite(reports, line);
  }

  /** An emulated host's. */
  Suite emulated(String host, Selection selection) throws IOException {
    Path reports = reports(host, "integration");
    List<String> line = new ArrayList<>();
    line.add(root.resolve("tests/hosts/host-run").toString());
    line.add(host);
    line.addAll(selection.hostOptions());
    line.addAll(
        List.of(
            "--java-home", java.toString(),
            "--modules", modules().toString(),
            "--classpath", classpath().toString(),
            "--reports", reports.toString()));
    line.addAll(FEWER_THERE);
    line.addAll(guestFiles());
    selection.javaOptions().forEach(option -> line.addAll(List.of("--java-option", option)));
    line.add("test");
    NOT_THERE.forEach(tag -> line.addAll(List.of("--exclude-tag", tag)));
    if (!selection.isNamed()) {
      SLOW_THERE.forEach(tag -> line.addAll(List.of("--exclude-tag", tag)));
      line.add("--about-host");
    }
    line.addAll(selection.arguments());
    return new Suite(reports, line);
  }

  /**
   * What Linux guests need in an emulated host: kernels, and modules for one of them. If they
   * cannot be had, the tests that want them fail there.
   */
  private List<String> guestFiles() throws IOException {
    Path tools = root.resolve("tests/hosts");
    if (!Files.exists(tools.resolve("guest-module"))) {
      return List.of();
    }
    List<String> sources = new ArrayList<>(List.of(root + "/guest-payloads/linux/kvmpl.c"));
    for (String folder : List.of("tests/integration/src/test/linux", "docs/examples/linux")) {
      try (Stream<Path> files = Files.list(root.resolve(folder))) {
        files
            .map(Path::toString)
            .filter(file -> file.endsWith(".c"))
            .sorted()
            .forEach(sources::add);
      }
    }
    List<String> line = new ArrayList<>(List.of(tools.resolve("guest-module").toString(), "6.12"));
    line.addAll(sources);
    List<String> modules = lines(line);
    List<String> kernel = lines(List.of(tools.resolve("guest-kernel").toString(), "6.12"));
    List<String> old = lines(List.of(tools.resolve("guest-kernel").toString(), "6.1"));
    List<String> others =
        lines(List.of(tools.resolve("guest-kernel").toString(), "6.12", "--modules"));
    List<String> options = new ArrayList<>();
    Stream.of(modules, kernel, old, others)
        .flatMap(List::stream)
        .forEach(file -> options.addAll(List.of("--file", file)));
    options.addAll(List.of("--env", "KVMPL_GUEST_KERNEL=" + String.join("", kernel)));
    options.addAll(List.of("--env", "KVMPL_GUEST_KERNEL_OLD=" + String.join("", old)));
    options.addAll(
        List.of("--env", "KVMPL_GUEST_MODULES=" + String.join(File.pathSeparator, modules)));
    options.addAll(
        List.of("--env", "KVMPL_GUEST_KERNEL_MODULES=" + String.join(File.pathSeparator, others)));
    return options;
  }

  private static List<String> lines(List<String> line) throws IOException {
    Process tool = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    tool.getOutputStream().close();
    return new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .lines()
        .toList();
  }

  private List<String> jvm(Selection selection) {
    List<String> line = new ArrayList<>();
    line.add(java.resolve("bin/java").toString());
    line.add("--illegal-native-access=deny");
    line.add("-Dkvmpl.root=" + root);
    line.addAll(selection.javaOptions());
    return line;
  }

  private static List<String> testRun(String roots, Path reports, Selection selection) {
    List<String> line = new ArrayList<>();
    line.add(TestRun.class.getName());
    line.addAll(List.of("--roots", roots, "--reports", reports.toString()));
    line.addAll(selection.arguments());
    return line;
  }

  /** The jars of our own tests, beside those of the libraries that they use. */
  private String testJars() throws IOException {
    try (Stream<Path> jars = Files.list(classpath())) {
      return jars.map(Path::toString)
          .filter(jar -> jar.endsWith("-tests.jar"))
          .sorted()
          .collect(Collectors.joining(File.pathSeparator));
    }
  }

  private Path modules() {
    return root.resolve("vmm/cli/target/modules");
  }

  private Path classpath() {
    return root.resolve("tests/integration/target/classpath");
  }

  private Path reports(String host, String suite) {
    return root.resolve("target/reports").resolve(host).resolve(suite);
  }
}
