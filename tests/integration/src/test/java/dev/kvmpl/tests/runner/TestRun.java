// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.reporting.legacy.xml.LegacyXmlReportGeneratingListener;

/**
 * Runs tests with JUnit in this process, here as on emulated hosts. It prints a line for each class
 * and leaves two files in a folder: JUnit's report and {@value #COUNTS}, one line with the number
 * of tests, of failed and of skipped ones, and the milliseconds that they took.
 */
public final class TestRun {
  /** Tests that are there for tests of tests, most of which have to fail. */
  private static final String SAMPLES = ".*\\.Samples\\$.*";

  /** The file of the counts. */
  static final String COUNTS = "counts";

  private final Set<Path> roots = new LinkedHashSet<>();
  private final List<String> excludedTags = new ArrayList<>();
  private Optional<NamePattern> names = Optional.empty();
  private Optional<Path> reports = Optional.empty();
  private boolean pure;
  private boolean aboutHost;

  private TestRun(String... arguments) {
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--pure" -> pure = true;
        case "--about-host" -> aboutHost = true;
        case "--roots" ->
            Arrays.stream(arguments[++i].split(File.pathSeparator))
                .map(Path::of)
                .forEach(roots::add);
        case "--reports" -> reports = Optional.of(Path.of(arguments[++i]));
        case "--tests" -> names = Optional.of(new NamePattern(arguments[++i]));
        case "--exclude-tag" -> excludedTags.add(arguments[++i]);
        default -> throw new IllegalArgumentException("unknown argument " + arguments[i]);
      }
    }
  }

  /**
   * Exits with 0 if no test has failed, else with 1.
   *
   * @param arguments {@code --roots} with jars and folders that hold tests, {@code --reports} with
   *     the folder; if wanted {@code --tests} with a {@link NamePattern}, {@code --pure}, {@code
   *     --about-host} for those that say something about the host, and {@code --exclude-tag} as
   *     often as needed
   */
  public static void main(String[] arguments) throws IOException {
    Optional<PrintStream> terminal =
        Optional.ofNullable(System.console()).filter(Console::isTerminal).map(_ -> System.err);
    boolean passed = run(System.out, terminal, arguments);
    System.exit(passed ? 0 : 1);
  }

  /**
   * Runs tests; returns whether none has failed.
   *
   * @param arguments as {@link #main} takes them
   */
  public static boolean run(PrintStream out, Optional<PrintStream> terminal, String... arguments)
      throws IOException {
    TestRun run = new TestRun(arguments);
    Path folder = Files.createDirectories(run.reports.orElseThrow());
    ClassLines lines = new ClassLines(out, terminal);
    PrintWriter complaints = new PrintWriter(out, true, StandardCharsets.UTF_8);
    LauncherFactory.create()
        .execute(run.request(), lines, new LegacyXmlReportGeneratingListener(folder, complaints));
    Counts counts = Reports.read(folder);
    Files.writeString(
        folder.resolve(COUNTS),
        "%d %d %d %d%n"
            .formatted(counts.tests(), counts.failed(), counts.skipped(), lines.millis()));
    return !lines.hasFailed();
  }

  private LauncherDiscoveryRequest request() {
    LauncherDiscoveryRequestBuilder request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClasspathRoots(roots))
            .filters(ClassNameFilter.excludeClassNamePatterns(SAMPLES));
    if (!excludedTags.isEmpty()) {
      request.filters(TagFilter.excludeTags(excludedTags));
    }
    names.ifPresent(request::filters);
    if (pure) {
      request.filters(new PureFilter());
    }
    if (aboutHost) {
      request.filters(new HostFilter());
    }
    return request.build();
  }
}
