// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Prints a line for each class of tests, and below it each failure in full: the test, the message,
 * the stack trace, and where it was. Called by one thread at a time.
 */
final class ClassLines implements TestExecutionListener {
  /** What has become of one class. */
  private static final class Group {
    private final String name;
    private final long began = System.nanoTime();
    private final List<String> failures = new ArrayList<>();
    private int tests;
    private int skipped;
    private String whySkipped = "";

    Group(String name) {
      this.name = name;
    }
  }

  private final PrintStream out;
  private final Optional<PrintStream> terminal;
  private final Map<String, Group> groups = new HashMap<>();
  private Optional<TestPlan> plan = Optional.empty();
  private boolean failed;
  private long began;
  private long nanos;

  /**
   * @param terminal where to show which class is running, for as long as it does; empty if there is
   *     no terminal
   */
  ClassLines(PrintStream out, Optional<PrintStream> terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** How long the tests took, without the search for them, in milliseconds. */
  long millis() {
    return nanos / 1_000_000;
  }

  /** Whether anything has failed, be it a test or what is around tests. */
  boolean hasFailed() {
    return failed;
  }

  @Override
  public void testPlanExecutionStarted(TestPlan testPlan) {
    plan = Optional.of(testPlan);
    began = System.nanoTime();
  }

  @Override
  public void testPlanExecutionFinished(TestPlan testPlan) {
    nanos = System.nanoTime() - began;
  }

  @Override
  public void executionStarted(TestIdentifier identifier) {
    if (isGroup(identifier)) {
      Group group = group(identifier);
      terminal.ifPresent(screen -> screen.print("\r\033[K      " + group.name + " ..."));
      terminal.ifPresent(PrintStream::flush);
    }
  }

  @Override
  public void executionSkipped(TestIdentifier identifier, String reason) {
    Group group = group(identifier);
    int tests = below(identifier);
    group.tests += tests;
    group.skipped += tests;
    group.whySkipped = ": " + reason;
    if (isGroup(identifier)) {
      print(group);
    }
  }

  @Override
  public void executionFinished(TestIdentifier identifier, TestExecutionResult result) {
    Group group = group(identifier);
    group.tests += identifier.isTest() ? 1 : 0;
    switch (result.getStatus()) {
      case SUCCESSFUL -> {}
      case ABORTED -> {
        group.skipped += identifier.isTest() ? 1 : 0;
        group.whySkipped = ": " + result.getThrowable().map(Throwable::getMessage).orElse("");
      }
      case FAILED -> {
        failed = true;
        group.failures.add(failure(identifier, result));
      }
    }
    if (isGroup(identifier) || (isRoot(identifier) && !group.failures.isEmpty())) {
      print(group);
    }
  }

  private TestPlan plan() {
    return plan.orElseThrow();
  }

  private static boolean isRoot(TestIdentifier identifier) {
    return identifier.getParentId().isEmpty();
  }

  /** The classes are what is directly below an engine. */
  private boolean isGroup(TestIdentifier identifier) {
    return plan().getParent(identifier).map(ClassLines::isRoot).orElse(false);
  }

  private Group group(TestIdentifier identifier) {
    TestIdentifier top = identifier;
    while (!isRoot(top) && !isGroup(top)) {
      top = plan().getParent(top).orElseThrow();
    }
    String name = top.getSource().map(ClassLines::name).orElse(top.getDisplayName());
    return groups.computeIfAbsent(top.getUniqueId(), _ -> new Group(name));
  }

  private static String name(TestSource source) {
    return switch (source) {
      case ClassSource type -> type.getClassName();
      case MethodSource method -> method.getClassName() + "#" + method.getMethodName();
      default -> source.toString();
    };
  }

  /** How many tests are not run if this is not; those of a method that makes them are one. */
  private int below(TestIdentifier identifier) {
    long tests = plan().getDescendants(identifier).stream().filter(TestIdentifier::isTest).count();
    return Math.max(1, (int) tests);
  }

  private static String failure(TestIdentifier identifier, TestExecutionResult result) {
    StringWriter text = new StringWriter();
    text.append(identifier.getSource().map(ClassLines::name).orElse(identifier.getDisplayName()));
    text.append("  ").append(identifier.getDisplayName()).append('\n');
    result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(new PrintWriter(text, true)));
    return text.toString();
  }

  private void print(Group group) {
    terminal.ifPresent(screen -> screen.print("\r\033[K"));
    terminal.ifPresent(PrintStream::flush);
    String how = group.failures.isEmpty() ? "ok  " : "FAIL";
    if (how.equals("ok  ") && group.tests > 0 && group.skipped == group.tests) {
      how = "skip";
    }
    out.printf(
        Locale.ROOT,
        "%s  %s  %d tests%s%s, %.1f s%s%n",
        how,
        group.name,
        group.tests,
        some(group.failures.size(), "failed"),
        some(group.skipped, "skipped"),
        (System.nanoTime() - group.began) / 1e9,
        group.whySkipped);
    for (String failure : group.failures) {
      out.print(failure.stripTrailing().replace("\t", "    ").indent(6));
    }
    out.flush();
  }

  private static String some(int count, String what) {
    return count == 0 ? "" : ", " + count + " " + what;
  }
}
