// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import dev.kvmpl.tests.runner.Suite.Result;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./kvmpl test}, once all is built. */
@Command(
    name = "kvmpl test",
    description = "Runs kvmpl's tests: the modules' own, the launcher's, those against /dev/kvm.",
    footer = {
      "",
      "Prints a line for each class, failures in full, and last 'N passed, N failed, N skipped'.",
      "With KVMPL_REQUIRE_KVM=1 in the environment a missing /dev/kvm is a failure.",
      "Exit status: 0 no test failed, 1 some did, 2 wrong usage, 3 something is missing."
    },
    usageHelpAutoWidth = true)
public final class TestCommand implements Callable<Integer> {
  private final PrintStream out;
  private final PrintStream err;
  private final Suites suites;

  @Spec @Nullable CommandSpec spec;

  @Option(
      names = "--tests",
      paramLabel = "PATTERN",
      description =
          "Only the classes or methods that match, as in Surefire's -Dtest: 'Rmp*',"
              + " 'RmpTest#grants*', several with commas between; '!RmpTest' is left out.")
  @Nullable String tests;

  @Option(
      names = "--pure",
      description = "Only tests that need no /dev/kvm and take seconds, not the launcher's.")
  boolean pure;

  @Option(
      names = "--exhaustive",
      description =
          "Tests that try things at random try others and many more, 100,000 stores instead of"
              + " 2,000: for hours.")
  boolean exhaustive;

  @Option(
      names = "--host",
      paramLabel = "this|amd|intel|all",
      defaultValue = "this",
      description =
          "This machine's KVM (default), an emulated AMD or Intel host with a KVM of its own, or"
              + " all three.")
  String host = "this";

  @Option(
      names = "--kernel",
      paramLabel = "VERSION|PATH",
      description = "The kernel that an emulated host boots: 6.1, 6.12, newest, or a file.")
  @Nullable String kernel;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "When to give up on an emulated host.")
  @Nullable String timeout;

  @Option(
      names = "-D",
      paramLabel = "NAME=VALUE",
      mapFallbackValue = "true",
      description = "A system property of the tests.")
  Map<String, String> properties = new LinkedHashMap<>();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  boolean help;

  TestCommand(Suites suites, PrintStream out, PrintStream err) {
    this.suites = suites;
    this.out = out;
    this.err = err;
  }

  /** Exits with the first failed suite's status, 0 if there is none. */
  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Suites suites =
        new Suites(
            Path.of(System.getProperty("kvmpl.root")), Path.of(System.getProperty("java.home")));
    System.exit(line(new TestCommand(suites, out, System.err)).execute(arguments));
  }

  /** What the command takes. */
  public static CommandSpec spec() {
    return CommandSpec.forAnnotatedObject(nowhere());
  }

  /** What it says of itself. */
  public static String help() {
    return new CommandLine(nowhere()).getUsageMessage();
  }

  private static TestCommand nowhere() {
    return new TestCommand(new Suites(Path.of(""), Path.of("")), System.out, System.err);
  }

  /** The command, ready to be executed. */
  static CommandLine line(TestCommand command) {
    return new CommandLine(command)
        .setOut(new PrintWriter(command.out, true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler(
            (wrong, _) -> {
              command.err.println("kvmpl: " + wrong.getMessage() + " (kvmpl test --help)");
              return 2;
            });
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    check();
    if (exhaustive) {
      tryMore();
    }
    Selection selection =
        new Selection(Optional.ofNullable(tests), pure, properties, hostOptions());
    Result result =
        switch (host) {
          case "this" -> here(selection);
          case "all" -> everywhere(selection);
          default -> emulated(host, selection);
        };
    out.printf("%n%s%n", result.counts());
    return result.status();
  }

  private void check() {
    if (!List.of("this", "amd", "intel", "all").contains(host)) {
      throw wrong("--host " + host + " is not this, amd, intel or all");
    }
    if (host.equals("this") && !hostOptions().isEmpty()) {
      throw wrong(hostOptions().getFirst() + " goes with --host amd or intel");
    }
    if (!host.equals("this") && (exhaustive || pure)) {
      throw wrong((pure ? "--pure" : "--exhaustive") + " is for this machine");
    }
  }

  private ParameterException wrong(String why) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), why);
  }

  private List<String> hostOptions() {
    List<String> options = new ArrayList<>();
    if (kernel != null) {
      options.addAll(List.of("--kernel", kernel));
    }
    if (timeout != null) {
      options.addAll(List.of("--timeout", timeout));
    }
    return options;
  }

  /**
   * Tests that try things at random try the same ones each time, so that a change is what makes
   * them fail. Here they try many more, and others.
   */
  private void tryMore() {
    String seed = String.valueOf(ThreadLocalRandom.current().nextInt(1 << 30));
    err.println("kvmpl: random cases from seed " + seed + " on");
    Map<String, String> more = new LinkedHashMap<>();
    more.put("kvmpl.stores.seed", seed);
    more.put("kvmpl.stores.cases", "100000");
    more.put("kvmpl.fuzz.seed", seed);
    more.put("kvmpl.fuzz.cases", "200000");
    more.put("kvmpl.fuzz.requests", "20000");
    more.put("kvmpl.grants.seed", seed);
    more.put("kvmpl.grants.sequences", "2000000");
    more.put("kvmpl.interleaving.machines", "100");
    more.put("kvmpl.kickedMachines", "10000");
    more.forEach(properties::putIfAbsent);
  }

  private Result here(Selection selection) throws IOException, InterruptedException {
    Result sum = Result.NONE;
    for (Suite suite : suites.here(selection)) {
      Result result = suite.run(suites.root().resolve("tests/integration"), err);
      // Of a few tests that were asked for, not every suite has one.
      sum = sum.plus(selection.isNamed() ? result : result.thatRan(err));
    }
    return sum.thatRan(err);
  }

  private Result emulated(String on, Selection selection) throws IOException, InterruptedException {
    return suites.emulated(on, selection).run(suites.root(), err).thatRan(err);
  }

  private Result everywhere(Selection selection) throws IOException, InterruptedException {
    Result sum = Result.NONE;
    List<String> rows = new ArrayList<>();
    for (String on : List.of("this", "amd", "intel")) {
      out.println("== " + on);
      long began = System.nanoTime();
      Result result = on.equals("this") ? here(selection) : emulated(on, selection);
      Counts counts = result.counts();
      rows.add(
          "%-6s %7d %7d %7d %8d"
              .formatted(
                  on,
                  counts.passed(),
                  counts.failed(),
                  counts.skipped(),
                  (System.nanoTime() - began) / 1_000_000_000));
      sum = sum.plus(result);
    }
    out.println("\nhost    passed  failed skipped  seconds");
    rows.forEach(out::println);
    return sum;
  }
}
