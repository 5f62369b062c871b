// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.command;

import dev.kvmpl.benchmarks.guest.Resources;
import dev.kvmpl.benchmarks.page.Page;
import dev.kvmpl.benchmarks.result.Comparison;
import dev.kvmpl.benchmarks.result.Results;
import dev.kvmpl.benchmarks.result.Table;
import dev.kvmpl.benchmarks.run.Benchmark;
import dev.kvmpl.benchmarks.run.JmhRun;
import dev.kvmpl.benchmarks.run.Progress;
import dev.kvmpl.benchmarks.run.Suite;
import dev.kvmpl.benchmarks.suite.LinuxBenchmark;
import dev.kvmpl.kvm.host.OneLine;
import dev.kvmpl.kvm.host.UnusableHostException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./kvmpl bench}, once all is built. {@code help.txt} says what its options mean. */
@Command(name = "kvmpl bench")
public final class BenchCommand implements Callable<Integer> {
  private static final int ROUNDS = 10;
  private static final int QUICK_ROUNDS = 3;
  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final int UNUSABLE = 3;
  private static final int SLOWER = 4;
  private static final double PERCENT = 100;

  private final PrintStream out;
  private final PrintStream err;

  @Spec @Nullable CommandSpec spec;

  @Parameters(paramLabel = "NAME")
  List<String> names = new ArrayList<>();

  @Option(names = "--quick")
  boolean quick;

  @Option(names = "--host", paramLabel = "this|amd|intel", defaultValue = "this")
  String host = "this";

  @Option(names = "--kernel", paramLabel = "VERSION|PATH")
  @Nullable String kernel;

  @Option(names = "--timeout", paramLabel = "SECONDS")
  @Nullable String timeout;

  @Option(names = "--forks", paramLabel = "0|1", defaultValue = "1")
  int forks = 1;

  @Option(names = "--rounds", paramLabel = "N")
  int rounds;

  @Option(names = "--json", paramLabel = "FILE")
  @Nullable Path json;

  @Option(names = "--report", paramLabel = "FILE.html")
  @Nullable Path report;

  @Option(names = "--from", paramLabel = "FILE")
  @Nullable Path from;

  @Option(names = "--beside", paramLabel = "FILE")
  List<Path> beside = new ArrayList<>();

  @Option(names = "--compare", paramLabel = "OLD.json")
  @Nullable Path compare;

  @Option(names = "--tolerance", paramLabel = "PERCENT", defaultValue = "10")
  double tolerance = 10;

  /** All results until now after each measurement, for {@link EmulatedBench}. */
  @Option(names = "--each", hidden = true)
  boolean each;

  @Option(names = "--help", usageHelp = true)
  boolean help;

  private @Nullable Measuring measuring;

  BenchCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Exits with 0, or what {@code help.txt} says. */
  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT);
    System.setProperty("jmh.ignoreLock", "true"); // several may run, each knows it by its load
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.exit(execute(new BenchCommand(out, err), arguments));
  }

  private static int execute(BenchCommand command, String... arguments) {
    CommandLine line = new CommandLine(command);
    line.setParameterExceptionHandler((wrong, _) -> command.say(wrong.getMessage(), USAGE));
    line.setExecutionExceptionHandler((failure, _, _) -> command.failed(failure));
    if (List.of(arguments).contains("--help")) {
      command.out.print(new String(Resources.bytes("help.txt"), StandardCharsets.UTF_8));
      return 0;
    }
    return line.execute(arguments);
  }

  private int say(@Nullable String what, int status) {
    String usage = status == USAGE ? " (kvmpl bench --help)" : "";
    err.println("kvmpl: " + OneLine.of(String.valueOf(what)) + usage);
    return status;
  }

  private int failed(Exception failure) {
    return switch (failure) {
      case UnusableHostException unusable -> say(unusable.getMessage(), UNUSABLE);
      case EmulatedBench.FailedException emulated -> say(emulated.getMessage(), emulated.status());
      case RunnerException benchmark -> {
        err.println("kvmpl: " + benchmark.getMessage());
        yield FAILED;
      }
      default -> say(failure.toString(), FAILED);
    };
  }

  @Override
  public Integer call() throws IOException, InterruptedException, RunnerException {
    check();
    @Nullable Results old = compare == null ? null : stored(compare);
    List<Results> others = new ArrayList<>();
    for (Path file : beside) {
      others.add(stored(file));
    }
    Results results = from == null ? measured(others) : stored(from);
    if (from != null) {
      write(results, others);
    }
    if (old == null) {
      return 0;
    }
    Comparison comparison = Comparison.of(old, results, tolerance / PERCENT);
    if (!comparison.sameHost()) {
      err.println("kvmpl: the two were measured on different hosts");
    }
    out.print(comparison.table());
    return comparison.isSlower() ? SLOWER : 0;
  }

  /** What the one in the emulated host is to do. */
  private List<String> there() {
    List<String> arguments = new ArrayList<>(List.of("--each", "--forks", "0"));
    if (quick) {
      arguments.add("--quick");
    }
    if (rounds > 0) {
      arguments.addAll(List.of("--rounds", "" + rounds));
    }
    arguments.addAll(names);
    return arguments;
  }

  private void check() {
    checkWritable(json);
    checkWritable(report);
    if (!List.of("this", "amd", "intel").contains(host)) {
      throw wrong("--host " + host + " is not this, amd or intel");
    }
    if (host.equals("this") && (kernel != null || timeout != null)) {
      throw wrong("--kernel and --timeout go with --host amd or intel");
    }
    if (forks != 0 && forks != 1) {
      throw wrong("--forks " + forks + " is not 0 or 1");
    }
    if (rounds < 0) {
      throw wrong("--rounds " + rounds + " is not 1 or more");
    }
    if (!(tolerance >= 0 && tolerance <= PERCENT)) {
      throw wrong("--tolerance " + tolerance + " is not between 0 and 100");
    }
    if (!beside.isEmpty() && report == null) {
      throw wrong("--beside goes with --report");
    }
    if (from != null && (quick || rounds > 0 || !names.isEmpty())) {
      throw wrong("--from measures nothing: no names, --quick or --rounds with it");
    }
  }

  /** Before minutes are spent on what cannot be stored then. */
  private void checkWritable(@Nullable Path file) {
    if (file == null || file.toString().equals("-")) {
      return;
    }
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file)
        || (Files.exists(file)
            ? !Files.isWritable(file)
            : folder == null || !Files.isWritable(folder))) {
      throw wrong("cannot write " + file);
    }
  }

  private ParameterException wrong(String why) {
    return new ParameterException(java.util.Objects.requireNonNull(spec).commandLine(), why);
  }

  private Results stored(Path file) throws IOException {
    try {
      return Results.read(file);
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    } catch (IOException | UncheckedIOException e) {
      throw wrong("cannot read " + file + ": " + e);
    }
  }

  private static boolean needsLinux(List<Benchmark.Variant> variants) {
    return variants.stream()
        .anyMatch(variant -> LinuxBenchmark.class.isAssignableFrom(variant.benchmark().type()));
  }

  private Measuring measuring() throws IOException, InterruptedException {
    List<Benchmark.Variant> variants;
    try {
      variants = Selection.of(names, quick);
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
    if (!host.equals("this")) {
      return new EmulatedBench(host, kernel, timeout, needsLinux(variants), there());
    }
    Suite suite =
        new Suite(
            new JmhRun(quick, forks),
            rounds > 0 ? rounds : quick ? QUICK_ROUNDS : ROUNDS,
            Progress.on(err));
    return new LocalBench(suite, variants, this::tell);
  }

  /**
   * For whoever waits at another host; who reads what is measured there reads what cannot be here.
   */
  private void tell() {
    if (each && measuring != null) {
      if (measuring.results().entries().isEmpty()) {
        err.print(Table.of(measuring.results()));
      }
      out.println(EmulatedBench.DOCUMENT + measuring.results().json());
    }
  }

  /** What is measured is written, however the run ends. */
  private Results measured(List<Results> others)
      throws IOException, InterruptedException, RunnerException {
    Measuring running = measuring();
    measuring = running;
    Kept kept = new Kept(() -> keep(running.results(), others));
    try {
      running.run();
      tell();
    } catch (RunnerException | EmulatedBench.FailedException e) {
      kept.awaitEnd();
      kept.write();
      throw e;
    } catch (RuntimeException e) { // what a JVM that is ending refuses
      kept.awaitEnd();
      throw e;
    }
    kept.drop();
    Results results = running.results();
    write(results, others);
    return results;
  }

  /** Whether there is anything. */
  private boolean keep(Results results, List<Results> others) throws IOException {
    if (!results.entries().isEmpty()) {
      write(results, others);
    }
    return !results.entries().isEmpty();
  }

  /** One file that cannot be written keeps nothing from being written elsewhere. */
  private void write(Results results, List<Results> others) throws IOException {
    @Nullable IOException failure = null;
    if (json != null && json.toString().equals("-")) {
      out.println(results.json());
    } else if (!each && (from == null || (compare == null && report == null))) {
      out.print(Table.of(results));
    }
    try {
      if (json != null && !json.toString().equals("-")) {
        Files.writeString(json, results.json() + "\n");
      }
    } catch (IOException e) {
      failure = e;
    }
    if (report != null) {
      List<Results> all = new ArrayList<>(others);
      all.addFirst(results);
      Files.writeString(report, Page.of(all));
    }
    if (failure != null) {
      throw failure;
    }
  }
}
