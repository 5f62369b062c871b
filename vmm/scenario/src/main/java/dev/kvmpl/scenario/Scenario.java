// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario;

import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.Policy;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A scenario file's content.
 *
 * @param name the file's, for people
 * @param verdictNames names of error codes that its validator or codebases have of their own
 * @param watch memory to show at the end
 */
public record Scenario(
    String name,
    MachineSpec machine,
    SortedMap<Long, String> verdictNames,
    List<Watch> watch,
    Expectation expectation) {
  /** The most pieces of memory that can be watched. */
  public static final int WATCHES_MAX = 256;

  public Scenario {
    verdictNames = Collections.unmodifiableSortedMap(new TreeMap<>(verdictNames));
    watch = List.copyOf(watch);
  }

  /**
   * A piece of memory.
   *
   * @param gpa its first byte
   * @param length bytes
   */
  public record Watch(long gpa, int length) {
    /** The most bytes that can be watched in one piece: what can still be read. */
    public static final int LENGTH_MAX = 4096;
  }

  /** The name of driver number {@code driver}, from 1 on; {@code -} for none and for nonsense. */
  public String driverName(int driver) {
    return driver >= 1 && driver <= machine.drivers().size()
        ? machine.drivers().get(driver - 1).name()
        : "-";
  }

  /** The name of the codebase with identifier {@code id}; {@code -} for none and for nonsense. */
  public String codebaseName(long id) {
    return id >= 1 && id <= machine.codebases().size()
        ? machine.codebases().get((int) id - 1).name()
        : "-";
  }

  /** The name of a verdict: an own one's is what this scenario calls it, if it does. */
  public String verdictName(Verdict verdict) {
    return verdictNames.getOrDefault(verdict.code(), verdict.label());
  }

  /** Every name of a verdict here, for people. */
  public List<String> allVerdictNames() {
    return Stream.concat(
            Verdict.standard().stream().map(Verdict::label), verdictNames.values().stream())
        .toList();
  }

  /** The same scenario with another machine, which has the same drivers. */
  public Scenario withMachine(MachineSpec other) {
    return new Scenario(name, other, verdictNames, watch, expectation);
  }

  /** Whether drivers run at the same time, so that the order of what they do is nobody's. */
  public boolean isConcurrent() {
    return machine.drivers().stream().anyMatch(driver -> !driver.processors().equals(List.of(0)));
  }

  /** Whether several processors are at one level at the same time. */
  public boolean sharesLevels() {
    return machine.drivers().stream().anyMatch(driver -> driver.processors().size() > 1);
  }

  /** Whether what VMPL0 refuses does not happen. */
  public boolean isEnforced() {
    return machine.policy() == Policy.ENFORCE;
  }

  /** Whether {@code driver} is the number of one of the scenario's drivers. */
  public boolean isDriver(int driver) {
    return driver >= 1 && driver <= machine.drivers().size();
  }
}
