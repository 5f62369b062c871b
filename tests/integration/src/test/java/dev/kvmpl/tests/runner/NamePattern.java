// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;

/**
 * Names of tests, as Surefire takes them: {@code Rmp*}, {@code RmpTest#grants*}, several with
 * commas between; {@code !RmpTest} is left out, of the others or, without any, of all. A class is
 * named with its package or without; {@code *} is any text, {@code ?} any letter.
 */
final class NamePattern implements PostDiscoveryFilter {
  private record One(Pattern type, Pattern method) {}

  private static final String NOT = "!";

  private final List<One> any = new ArrayList<>();
  private final List<One> none = new ArrayList<>();

  NamePattern(String pattern) {
    for (String part : pattern.split(",", -1)) {
      boolean not = part.strip().startsWith(NOT);
      String name = not ? part.strip().substring(NOT.length()) : part;
      int method = name.indexOf('#');
      (not ? none : any)
          .add(
              method < 0
                  ? new One(glob(name.strip()), glob("*"))
                  : new One(
                      glob(name.substring(0, method).strip()), glob(name.substring(method + 1))));
    }
  }

  /** Whether it names nothing but what is left out. */
  static boolean onlyLeavesOut(String pattern) {
    return new NamePattern(pattern).any.isEmpty();
  }

  private static Pattern glob(String text) {
    String literal = Pattern.quote(text);
    return Pattern.compile(literal.replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q"));
  }

  /** Classes stay as long as one of their tests does: JUnit leaves empty ones out by itself. */
  @Override
  public FilterResult apply(TestDescriptor descriptor) {
    return FilterResult.includedIf(
        descriptor.getSource().orElse(null) instanceof MethodSource source
            ? matches(source.getClassName(), source.getMethodName())
            : true);
  }

  /**
   * Whether the test is one of those named.
   *
   * @param type its class's binary name; a nested class also goes by the name of those around it
   */
  boolean matches(String type, String method) {
    return (any.isEmpty() || isOneOf(any, type, method)) && !isOneOf(none, type, method);
  }

  private static boolean isOneOf(List<One> names, String type, String method) {
    for (String name = type; ; name = name.substring(0, name.lastIndexOf('$'))) {
      String full = name;
      String simple = full.substring(full.lastIndexOf('.') + 1);
      if (names.stream()
          .anyMatch(
              one ->
                  (one.type.matcher(full).matches() || one.type.matcher(simple).matches())
                      && one.method.matcher(method).matches())) {
        return true;
      }
      if (name.indexOf('$') < 0) {
        return false;
      }
    }
  }
}
