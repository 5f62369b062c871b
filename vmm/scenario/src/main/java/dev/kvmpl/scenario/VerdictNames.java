// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario;

import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.yaml.YamlException;
import dev.kvmpl.yaml.YamlNode;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads and finds the names that a scenario gives to error codes. */
final class VerdictNames {
  /** The most names. */
  static final int NAMES_MAX = 256;

  private VerdictNames() {}

  static SortedMap<Long, String> read(@Nullable YamlNode node) throws YamlException {
    SortedMap<Long, String> names = new TreeMap<>();
    Set<String> taken = new HashSet<>();
    for (Map.Entry<YamlNode, YamlNode> entry :
        node == null
            ? Map.<YamlNode, YamlNode>of().entrySet()
            : node.entries(NAMES_MAX).entrySet()) {
      long code = entry.getKey().number();
      if (!Verdict.of(code).isOwn()) {
        throw entry
            .getKey()
            .wrong(
                String.format(
                    Locale.ROOT,
                    "is %s, allowed are %#x to %#x",
                    entry.getKey().shown(),
                    Verdict.OWN_FIRST,
                    Verdict.OWN_LAST));
      }
      String name = DriverReader.name(entry.getValue(), taken);
      if (Verdict.byLabel(name).isPresent()) {
        throw entry
            .getValue()
            .wrong("is " + entry.getValue().shown() + ", which kvmpl has already");
      }
      names.put(code, name);
    }
    return names;
  }

  /** The verdict that a scenario calls so; complains if there is none. */
  static Verdict verdict(YamlNode node, SortedMap<Long, String> names) throws YamlException {
    String text = node.text();
    for (Map.Entry<Long, String> named : names.entrySet()) {
      if (named.getValue().equals(text)) {
        return Verdict.of(named.getKey());
      }
    }
    Optional<Verdict> standard = Verdict.byLabel(text);
    if (standard.isPresent()) {
      return standard.get();
    }
    throw node.wrong(
        String.format(
            Locale.ROOT,
            "is %s, allowed are %s",
            node.shown(),
            Stream.concat(Verdict.standard().stream().map(Verdict::label), names.values().stream())
                .collect(Collectors.joining(", "))));
  }
}
