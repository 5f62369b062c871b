// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.tables.PermissionTable;
import dev.kvmpl.protocol.tables.ValidatorTables;
import dev.kvmpl.scenario.input.PayloadReader;
import dev.kvmpl.scenario.input.RangeReader;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.Permission;
import dev.kvmpl.vmpl.Vmpl;
import dev.kvmpl.yaml.YamlException;
import dev.kvmpl.yaml.YamlNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads a scenario's drivers. */
final class DriverReader {
  private static final List<String> DRIVER_KEYS =
      List.of(
          "name",
          "payload",
          "level",
          "processors",
          "cpl",
          "owns",
          "unload",
          "arguments",
          "permissions");
  private static final List<String> REGISTER_KEYS = List.of("start", "count");

  /** Characters of a name: it is in every row of a report. */
  private static final int NAME_MAX = 64;

  private static final long LIMIT = 1L << 40; // beyond all ports and MSRs

  private final PayloadReader payloads;
  private final YamlNode root;

  /**
   * @param root the scenario, for complaints about what is not there
   */
  DriverReader(PayloadReader payloads, YamlNode root) {
    this.payloads = payloads;
    this.root = root;
  }

  /** All of them. */
  List<Driver> read(@Nullable YamlNode node, Set<Vmpl> levels) throws YamlException {
    List<YamlNode> items = node == null ? List.of() : node.list(BootInfo.DRIVERS_MAX);
    if (items.isEmpty()) {
      throw (node == null ? root : node).complain("no drivers, at least one is needed");
    }
    List<Driver> drivers = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (YamlNode item : items) {
      Map<String, YamlNode> keys = item.mapping(DRIVER_KEYS);
      String driverName = name(YamlNode.required(item, keys, "name", "a driver"), names);
      YamlNode payload = YamlNode.required(item, keys, "payload", "a driver");
      Driver.Builder described =
          Driver.named(driverName, payloads.payloadFile(payload))
              .level(level(keys.get("level"), levels))
              .processors(processors(keys.get("processors")))
              .cpl(integer(keys.get("cpl"), 0))
              .owns(RangeReader.ranges(keys.get("owns"), ValidatorTables.OWNERSHIP_MAX))
              .unload(unload(keys.get("unload")))
              .arguments(arguments(keys.get("arguments")));
      YamlNode permissions = keys.get("permissions");
      if (permissions != null) {
        described.permissions(permissions(permissions));
      }
      Driver driver = described.build();
      checkConcurrency(item, drivers, driver);
      drivers.add(driver);
    }
    return drivers;
  }

  static String name(YamlNode node, Set<String> names) throws YamlException {
    String text = node.text();
    if (!text.matches("[A-Za-z0-9][A-Za-z0-9_.-]*")) {
      throw node.wrong(
          String.format(
              Locale.ROOT,
              "is \"%s\", allowed are letters, digits, '-', '_' and '.'",
              node.shown()));
    }
    if (text.length() > NAME_MAX) {
      throw node.wrong(
          String.format(Locale.ROOT, "has %d characters, allowed are %d", text.length(), NAME_MAX));
    }
    if (!names.add(text)) {
      throw node.wrong(String.format(Locale.ROOT, "is %s a second time, allowed is once", text));
    }
    return text;
  }

  private static boolean unload(@Nullable YamlNode node) throws YamlException {
    if (node == null || node.text().equals("false")) {
      return false;
    }
    if (!node.text().equals("true")) {
      throw node.wrong(
          String.format(Locale.ROOT, "is %s, allowed are true and false", node.shown()));
    }
    return true;
  }

  private static Vmpl level(@Nullable YamlNode node, Set<Vmpl> levels) throws YamlException {
    if (node == null) {
      return Vmpl.VMPL1;
    }
    long number = node.number();
    if (number < 0 || number > Vmpl.VMPL3.number() || !levels.contains(Vmpl.of((int) number))) {
      throw node.wrong(
          String.format(
              Locale.ROOT,
              "is %s, allowed are %s",
              node.shown(),
              levels.stream()
                  .filter(level -> level != Vmpl.VMPL0)
                  .map(level -> Integer.toString(level.number()))
                  .sorted()
                  .collect(Collectors.joining(", "))));
    }
    return Vmpl.of((int) number);
  }

  private static List<Integer> processors(@Nullable YamlNode node) throws YamlException {
    if (node == null) {
      return List.of(0);
    }
    List<Integer> processors = new ArrayList<>();
    for (YamlNode item : node.list(BootInfo.PROCESSORS_MAX)) {
      processors.add(integer(item, 0));
    }
    return processors;
  }

  /** A number that fits into an int; a larger one is the largest, which is wrong everywhere. */
  private static int integer(@Nullable YamlNode node, int otherwise) throws YamlException {
    if (node == null) {
      return otherwise;
    }
    long number = node.number();
    return number < 0 || number > Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) number;
  }

  /**
   * What a level is granted is its driver's, so two drivers cannot have one level at once; nor one
   * processor, unless it is the first, where they take turns.
   */
  private static void checkConcurrency(YamlNode node, List<Driver> others, Driver driver)
      throws YamlException {
    List<Integer> first = List.of(0);
    for (Driver other : others) {
      boolean inTurn = other.processors().equals(first) && driver.processors().equals(first);
      if (!inTurn && other.level() == driver.level()) {
        throw node.complain(
            String.format(
                Locale.ROOT,
                "driver %s at level %d at the same time as %s, allowed is another level",
                driver.name(),
                driver.level().number(),
                other.name()));
      }
      for (int processor : driver.processors()) {
        if (processor != 0 && other.processors().contains(processor)) {
          throw node.complain(
              String.format(
                  Locale.ROOT,
                  "driver %s on processor %d at the same time as %s, allowed is another processor",
                  driver.name(),
                  processor,
                  other.name()));
        }
      }
    }
  }

  /** What a driver may do: by the operation's name, ranges of memory, or ports or MSRs. */
  private static List<Permission> permissions(YamlNode node) throws YamlException {
    List<Permission> permissions = new ArrayList<>();
    List<String> operations = Arrays.stream(Access.values()).map(Access::label).toList();
    for (Map.Entry<String, YamlNode> entry : node.mapping(operations).entrySet()) {
      Access access = Access.byLabel(entry.getKey()).orElseThrow();
      if (access.isOfMemory()) {
        memory(access, entry.getValue(), permissions);
      } else {
        registers(access, entry.getValue(), permissions);
      }
    }
    return permissions;
  }

  private static void memory(Access access, YamlNode node, List<Permission> permissions)
      throws YamlException {
    for (PageRange range : RangeReader.ranges(node, PermissionTable.ENTRIES_MAX)) {
      try {
        permissions.add(new Permission(access, range.start(), range.end()));
      } catch (IllegalArgumentException e) {
        throw node.complain(String.valueOf(e.getMessage()));
      }
    }
  }

  private static void registers(Access access, YamlNode node, List<Permission> permissions)
      throws YamlException {
    for (YamlNode item : node.list(PermissionTable.ENTRIES_MAX)) {
      Map<String, YamlNode> keys = item.mapping(REGISTER_KEYS);
      YamlNode start = YamlNode.required(item, keys, "start", access.label());
      YamlNode count = keys.get("count");
      long first = start.number();
      long many = count == null ? 1 : count.number();
      try {
        // More than there are is more than are allowed.
        long end = YamlNode.atMost(first, LIMIT) + YamlNode.atMost(many, LIMIT);
        permissions.add(new Permission(access, YamlNode.atMost(first, LIMIT), end));
      } catch (IllegalArgumentException e) {
        throw item.complain(String.valueOf(e.getMessage()));
      }
    }
  }

  private static List<Long> arguments(@Nullable YamlNode node) throws YamlException {
    List<Long> arguments = new ArrayList<>();
    for (YamlNode item : node == null ? List.<YamlNode>of() : node.list(BootInfo.ARGUMENTS_MAX)) {
      arguments.add(item.number());
    }
    return arguments;
  }
}
