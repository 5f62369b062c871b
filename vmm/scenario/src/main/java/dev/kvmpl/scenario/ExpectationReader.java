// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario;

import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.scenario.Expectation.ExpectedBytes;
import dev.kvmpl.scenario.Expectation.ExpectedOperation;
import dev.kvmpl.scenario.Expectation.ExpectedOwner;
import dev.kvmpl.trace.Step;
import dev.kvmpl.yaml.YamlException;
import dev.kvmpl.yaml.YamlNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the {@code expect} part of a scenario file. */
final class ExpectationReader {
  private static final List<String> KEYS =
      List.of("outcome", "operations", "memory", "owners", "status", "steps");
  private static final List<String> OPERATION_KEYS =
      List.of("driver", "operation", "gpa", "verdict", "reason", "length", "data");
  private static final List<String> BYTES_KEYS = List.of("gpa", "hex");
  private static final List<String> OWNER_KEYS = List.of("gpa", "driver");
  private static final String NOBODY = "nobody";

  private final List<String> drivers;
  private final SortedMap<Long, String> verdicts;
  private final long memory;
  private final boolean enforced;

  ExpectationReader(
      List<String> drivers, SortedMap<Long, String> verdicts, long memory, boolean enforced) {
    this.enforced = enforced;
    this.drivers = drivers;
    this.verdicts = verdicts;
    this.memory = memory;
  }

  Expectation read(YamlNode node) throws YamlException {
    Map<String, YamlNode> keys = node.mapping(KEYS);
    YamlNode operations = keys.get("operations");
    return new Expectation(
        outcome(keys.get("outcome")),
        operations == null ? Optional.empty() : Optional.of(operations(operations)),
        bytes(keys.get("memory")),
        owners(keys.get("owners")),
        status(keys.get("status")),
        steps(keys.get("steps")));
  }

  private static Outcome outcome(@Nullable YamlNode node) throws YamlException {
    if (node == null) {
      return Outcome.COMPLETED;
    }
    for (Outcome outcome : Outcome.values()) {
      if (outcome.label().equals(node.text())) {
        return outcome;
      }
    }
    throw node.wrong(
        String.format(
            Locale.ROOT,
            "is %s, allowed are %s",
            node.shown(),
            Arrays.stream(Outcome.values()).map(Outcome::label).collect(Collectors.joining(", "))));
  }

  private List<ExpectedOperation> operations(YamlNode node) throws YamlException {
    List<ExpectedOperation> operations = new ArrayList<>();
    for (YamlNode item : node.list(Expectation.ENTRIES_MAX)) {
      Map<String, YamlNode> keys = item.mapping(OPERATION_KEYS);
      YamlNode operation = keys.get("operation");
      YamlNode length = keys.get("length");
      YamlNode data = keys.get("data");
      Optional<Access> access =
          operation == null ? Optional.empty() : Optional.of(access(operation));
      YamlNode gpa = required(item, keys, "gpa");
      operations.add(
          new ExpectedOperation(
              driver(required(item, keys, "driver")),
              access,
              access.map(Access::isOfMemory).orElse(true) ? address(gpa) : gpa.number(),
              verdict(required(item, keys, "verdict"), keys.get("reason")),
              keys.containsKey("reason"),
              length == null ? OptionalInt.empty() : OptionalInt.of(length(length)),
              data == null ? OptionalLong.empty() : OptionalLong.of(data.number())));
    }
    return operations;
  }

  /** With a reason, a {@code would-refuse} for that. */
  private Verdict verdict(YamlNode node, @Nullable YamlNode reason) throws YamlException {
    Verdict verdict = VerdictNames.verdict(node, verdicts);
    if (verdict.isWouldRefuse() && enforced) {
      throw node.wrong("is would-refuse, which is only answered with policy: watch");
    }
    if (reason == null) {
      return verdict;
    }
    Verdict why = VerdictNames.verdict(reason, verdicts);
    if (!verdict.isWouldRefuse() || why.done()) {
      throw reason.wrong("is " + reason.shown() + ", allowed is a refusal, for a would-refuse");
    }
    return why.wouldRefuse();
  }

  private static int length(YamlNode node) throws YamlException {
    long length = node.number();
    if (length < 1 || length > Long.BYTES) {
      throw node.wrong(
          String.format(Locale.ROOT, "is %s, allowed are 1 to %d", node.shown(), Long.BYTES));
    }
    return (int) length;
  }

  private static Access access(YamlNode node) throws YamlException {
    Optional<Access> access = Access.byLabel(node.text());
    if (access.isEmpty()) {
      throw node.wrong(
          String.format(
              Locale.ROOT,
              "is %s, allowed are %s",
              node.shown(),
              Arrays.stream(Access.values()).map(Access::label).collect(Collectors.joining(", "))));
    }
    return access.get();
  }

  private List<ExpectedBytes> bytes(@Nullable YamlNode node) throws YamlException {
    List<ExpectedBytes> expected = new ArrayList<>();
    for (YamlNode item : node == null ? List.<YamlNode>of() : node.list(Expectation.ENTRIES_MAX)) {
      Map<String, YamlNode> keys = item.mapping(BYTES_KEYS);
      YamlNode hex = required(item, keys, "hex");
      byte[] wanted = hex.bytesInHex();
      long gpa = address(required(item, keys, "gpa"));
      if (wanted.length > memory - gpa) {
        throw hex.wrong(String.format(Locale.ROOT, "goes past the end of memory at %#x", memory));
      }
      expected.add(new ExpectedBytes(gpa, HexFormat.of().formatHex(wanted)));
    }
    return expected;
  }

  private List<ExpectedOwner> owners(@Nullable YamlNode node) throws YamlException {
    List<ExpectedOwner> expected = new ArrayList<>();
    for (YamlNode item : node == null ? List.<YamlNode>of() : node.list(Expectation.ENTRIES_MAX)) {
      Map<String, YamlNode> keys = item.mapping(OWNER_KEYS);
      YamlNode owner = required(item, keys, "driver");
      expected.add(
          new ExpectedOwner(
              address(required(item, keys, "gpa")),
              owner.text().equals(NOBODY) ? 0 : driver(owner)));
    }
    return expected;
  }

  private Map<Integer, Long> status(@Nullable YamlNode node) throws YamlException {
    Map<Integer, Long> expected = new LinkedHashMap<>();
    if (node != null) {
      for (Map.Entry<String, YamlNode> entry : node.mapping(drivers).entrySet()) {
        expected.put(drivers.indexOf(entry.getKey()) + 1, entry.getValue().number());
      }
    }
    return expected;
  }

  private static List<Step> steps(@Nullable YamlNode node) throws YamlException {
    List<Step> steps = new ArrayList<>();
    for (YamlNode item : node == null ? List.<YamlNode>of() : node.list(Expectation.ENTRIES_MAX)) {
      Optional<Step> step = Step.byLabel(item.text());
      if (step.isEmpty()) {
        throw item.wrong(
            String.format(
                Locale.ROOT,
                "has %s, allowed are %s",
                item.shown(),
                Arrays.stream(Step.values()).map(Step::label).collect(Collectors.joining(", "))));
      }
      steps.add(step.get());
    }
    return steps;
  }

  private int driver(YamlNode node) throws YamlException {
    int index = drivers.indexOf(node.text());
    if (index < 0) {
      throw node.wrong(
          String.format(
              Locale.ROOT, "is %s, allowed are %s", node.shown(), String.join(", ", drivers)));
    }
    return index + 1;
  }

  private long address(YamlNode node) throws YamlException {
    long gpa = node.number();
    if (gpa < 0 || gpa >= memory) {
      throw node.wrong(
          String.format(Locale.ROOT, "is %s, allowed is 0 to %#x", node.shown(), memory - 1));
    }
    return gpa;
  }

  private static YamlNode required(YamlNode in, Map<String, YamlNode> keys, String key)
      throws YamlException {
    YamlNode value = keys.get(key);
    if (value == null) {
      throw in.complain(
          String.format(Locale.ROOT, "an expectation without %s, which is needed", key));
    }
    return value;
  }
}
