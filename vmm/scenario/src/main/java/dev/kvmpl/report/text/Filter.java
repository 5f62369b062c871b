// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.text;

import dev.kvmpl.observe.Operation;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.trace.Step;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which attempts, operations and steps of a run are shown: those that have one of the wanted values
 * of each key that is given.
 */
public final class Filter {
  /** All of them. */
  public static final Filter ALL = new Filter(Map.of());

  /** What can be asked for. */
  private enum Key {
    DRIVER,
    VERDICT,
    OPERATION,
    STEP;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Map<Key, Set<String>> wanted;

  private Filter(Map<Key, Set<String>> wanted) {
    this.wanted = wanted;
  }

  /**
   * Reads {@code driver=net,verdict=restricted,verdict=no-driver}.
   *
   * @throws IllegalArgumentException if it is none; the message says what is wrong and allowed
   */
  public static Filter parse(String text, Scenario scenario) {
    Map<Key, Set<String>> wanted = new EnumMap<>(Key.class);
    for (String part : text.split(",", -1)) {
      String[] pair = part.split("=", 2);
      Key key =
          Stream.of(Key.values())
              .filter(one -> one.label().equals(pair[0]))
              .findFirst()
              .orElseThrow(() -> wrong(part, labels(Key.values(), key1 -> key1.label() + "=...")));
      Set<String> allowed = allowed(key, scenario);
      if (pair.length < 2 || !allowed.contains(pair[1])) {
        throw wrong(part, String.join(", ", allowed));
      }
      wanted.computeIfAbsent(key, _ -> new TreeSet<>()).add(pair[1]);
    }
    return new Filter(wanted);
  }

  private static Set<String> allowed(Key key, Scenario scenario) {
    return switch (key) {
      case DRIVER ->
          Stream.concat(
                  Stream.of("-"),
                  scenario.machine().drivers().stream().map(driver -> driver.name()))
              .collect(Collectors.toCollection(TreeSet::new));
      case VERDICT -> new TreeSet<>(scenario.allVerdictNames());
      case OPERATION -> set(Access.values(), Access::label);
      case STEP -> set(Step.values(), Step::label);
    };
  }

  private static <T> Set<String> set(T[] values, Function<T, String> label) {
    return Stream.of(values).map(label).collect(Collectors.toCollection(TreeSet::new));
  }

  private static <T> String labels(T[] values, Function<T, String> label) {
    return Stream.of(values).map(label).collect(Collectors.joining(", "));
  }

  private static IllegalArgumentException wrong(String part, String allowed) {
    return new IllegalArgumentException(
        String.format(Locale.ROOT, "--filter has '%s', allowed are %s", part, allowed));
  }

  boolean shows(Scenario scenario, Operation operation) {
    return has(Key.DRIVER, scenario.driverName(operation.driver()))
        && has(Key.VERDICT, scenario.verdictName(operation.verdict()))
        && has(Key.OPERATION, operation.access().label());
  }

  /** Steps of an attempt whose operation is not known are shown unless that is asked for. */
  boolean shows(Scenario scenario, Attempt attempt) {
    return attempt
        .operation()
        .map(operation -> shows(scenario, operation))
        .orElse(
            has(Key.DRIVER, scenario.driverName(attempt.driver()))
                && !wanted.containsKey(Key.VERDICT)
                && !wanted.containsKey(Key.OPERATION));
  }

  boolean shows(Step step) {
    return has(Key.STEP, step.label());
  }

  private boolean has(Key key, String value) {
    Set<String> values = wanted.get(key);
    return values == null || values.contains(value);
  }
}
