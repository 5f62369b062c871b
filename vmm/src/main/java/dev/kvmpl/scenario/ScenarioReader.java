// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario;

import dev.kvmpl.machine.Layout;
import dev.kvmpl.machine.MachineSpec;
import dev.kvmpl.machine.MachineSpec.Codebase;
import dev.kvmpl.machine.MachineSpec.Detection;
import dev.kvmpl.machine.MachineSpec.Driver;
import dev.kvmpl.machine.MachineSpec.Permission;
import dev.kvmpl.machine.MachineSpec.Recording;
import dev.kvmpl.machine.PayloadImage;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.CodebaseTable;
import dev.kvmpl.protocol.PermissionTable;
import dev.kvmpl.protocol.ValidatorTables;
import dev.kvmpl.vmpl.Vmpl;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Reads scenario files; docs/scenarios.md describes them. */
public final class ScenarioReader {
  private static final List<String> KEYS =
      List.of(
          "memory",
          "levels",
          "detection",
          "timeLimit",
          "kernel",
          "validator",
          "restricted",
          "hidden",
          "protected",
          "contents",
          "codebases",
          "drivers",
          "watch",
          "expect");
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
  private static final List<String> CODEBASE_KEYS = List.of("name", "payload", "decides");
  private static final List<String> CONTENTS_KEYS = List.of("start", "hex");
  private static final List<String> PAYLOAD_KEYS = List.of("payload");
  private static final List<String> REGISTER_KEYS = List.of("start", "count");
  private static final List<String> PROTECTED_KEYS = List.of("virtual", "length");
  private static final List<String> RANGE_KEYS = List.of("start", "length");

  private static final Duration TIME_LIMIT = Duration.ofSeconds(10);
  private static final Duration TIME_LIMIT_MAX = Duration.ofHours(1);
  private static final long MEMORY = 32 << 20;
  private static final long PORTS = 1 << 16;
  private static final long MSRS = 1L << 32;

  private final Path folder;
  private final YamlNode root;
  private final String name;

  private ScenarioReader(String name, Path folder, String text) throws ScenarioException {
    this.name = name;
    this.folder = folder;
    this.root = YamlNode.parse(name, text);
  }

  /**
   * Reads a file; payloads in it are relative to the file's folder.
   *
   * @throws ScenarioException if it cannot be read, or is wrong
   */
  public static Scenario read(Path file) throws ScenarioException {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new ScenarioException("%s: cannot be read (%s)".formatted(file, reason(e)));
    }
    Path parent = file.toAbsolutePath().getParent();
    return new ScenarioReader(file.toString(), parent == null ? Path.of("/") : parent, text).read();
  }

  /**
   * Reads a scenario that is in no file; payloads in it are built-in ones or absolute paths.
   *
   * @param name for people
   * @throws ScenarioException if it is wrong
   */
  public static Scenario parse(String name, String text) throws ScenarioException {
    return new ScenarioReader(name, Path.of("/"), text).read();
  }

  /** The scenario that {@code kvmpl run} runs when it is given none. */
  public static Scenario builtIn() {
    try (InputStream in = ScenarioReader.class.getResourceAsStream("default.yaml")) {
      if (in == null) {
        throw new IllegalStateException("default.yaml is missing from this build");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return parse("default.yaml", text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ScenarioException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case java.nio.file.NoSuchFileException ignored -> "no such file";
      case java.nio.file.AccessDeniedException ignored -> "no permission";
      case java.nio.charset.CharacterCodingException ignored -> "not UTF-8 text";
      default -> String.valueOf(e.getMessage());
    };
  }

  private Scenario read() throws ScenarioException {
    Map<String, YamlNode> keys = root.mapping(KEYS);
    long memory = memory(keys.get("memory"));
    Set<Vmpl> levels = levels(keys.get("levels"));
    List<PageRange> taken = new ArrayList<>();
    List<PageRange> restricted = ranges(keys.get("restricted"), memory, taken);
    List<PageRange> protectedVirtual = protectedVirtual(keys.get("protected"), memory, taken);
    if (restricted.size() + protectedVirtual.size() > ValidatorTables.RESTRICTED_MAX) {
      throw root.complain(
          "%d restricted ranges, allowed are %d"
              .formatted(
                  restricted.size() + protectedVirtual.size(), ValidatorTables.RESTRICTED_MAX));
    }
    List<PageRange> hidden = ranges(keys.get("hidden"), memory, new ArrayList<>());
    List<Codebase> codebases = codebases(keys.get("codebases"), memory);
    Detection detection = detection(keys.get("detection"));
    List<Driver> drivers = drivers(keys.get("drivers"), memory, levels, detection, taken);
    checkDetection(keys.get("detection"), detection, drivers);
    checkHidden(keys.get("hidden"), detection, hidden);
    YamlNode validator = keys.get("validator");
    if (validator == null) {
      throw root.complain(
          "no validator, one is needed: validator: { payload: validator } is the one that comes"
              + " with kvmpl");
    }
    MachineSpec machine =
        new MachineSpec(
            memory,
            detection,
            restricted,
            hidden,
            protectedVirtual,
            contents(keys.get("contents"), memory),
            codebases,
            drivers,
            payload(keys.get("kernel"), BuiltInPayload.KERNEL),
            payload(validator, BuiltInPayload.VALIDATOR),
            timeLimit(keys.get("timeLimit")),
            Recording.STEPS);
    List<String> names = drivers.stream().map(Driver::name).toList();
    YamlNode expect = keys.get("expect");
    return new Scenario(
        name,
        machine,
        watch(keys.get("watch"), memory),
        expect == null ? Expectation.COMPLETES : new ExpectationReader(names, memory).read(expect));
  }

  private static long memory(@Nullable YamlNode node) throws ScenarioException {
    if (node == null) {
      return MEMORY;
    }
    long size = node.bytes();
    if (size < Layout.MEMORY_MIN || size > Layout.MEMORY_MAX || size % Layout.LARGE_PAGE != 0) {
      throw node.wrong(
          "is %s, allowed are %dMiB to %dMiB in steps of 2MiB"
              .formatted(node.text(), Layout.MEMORY_MIN >> 20, Layout.MEMORY_MAX >> 20));
    }
    return size;
  }

  private static Set<Vmpl> levels(@Nullable YamlNode node) throws ScenarioException {
    if (node == null) {
      return EnumSet.allOf(Vmpl.class);
    }
    Set<Vmpl> levels = EnumSet.noneOf(Vmpl.class);
    for (YamlNode item : node.list()) {
      long number = item.number();
      if (number < 0 || number > Vmpl.VMPL3.number()) {
        throw item.wrong("has %s, allowed are 0 to 3".formatted(item.text()));
      }
      levels.add(Vmpl.of((int) number));
    }
    if (!levels.contains(Vmpl.VMPL0) || !levels.contains(Vmpl.VMPL1)) {
      throw node.wrong("has to have 0 and 1: the validator's and the guest kernel's");
    }
    return levels;
  }

  private static Detection detection(@Nullable YamlNode node) throws ScenarioException {
    if (node == null) {
      return Detection.TRAP;
    }
    for (Detection detection : Detection.values()) {
      if (detection.label().equals(node.text())) {
        return detection;
      }
    }
    throw node.wrong("is %s, allowed are trap, reflect, fault".formatted(node.text()));
  }

  /** The guest kernel can only detect what is attempted on its own vCPU. */
  private static void checkDetection(
      @Nullable YamlNode node, Detection detection, List<Driver> drivers) throws ScenarioException {
    for (Driver driver : drivers) {
      if (node != null
          && detection != Detection.TRAP
          && (driver.level() != Vmpl.VMPL1 || !driver.processors().equals(List.of(0)))) {
        throw node.wrong(
            "is %s with driver %s elsewhere than at level 1 on processor 0, allowed is trap"
                .formatted(detection.label(), driver.name()));
      }
    }
  }

  /**
   * With detection fault the guest kernel's tables hide them, which takes a table for each 2 MiB.
   */
  private static void checkHidden(
      @Nullable YamlNode node, Detection detection, List<PageRange> hidden)
      throws ScenarioException {
    long pieces =
        hidden.stream()
            .flatMapToLong(
                range ->
                    LongStream.rangeClosed(
                        range.start() / Layout.LARGE_PAGE, (range.end() - 1) / Layout.LARGE_PAGE))
            .distinct()
            .count();
    if (node != null && detection == Detection.FAULT && pieces > Layout.HIDDEN_MAX) {
      throw node.wrong(
          "is in %d different 2 MiB, allowed with detection fault are %d"
              .formatted(pieces, Layout.HIDDEN_MAX));
    }
  }

  private static Duration timeLimit(@Nullable YamlNode node) throws ScenarioException {
    if (node == null) {
      return TIME_LIMIT;
    }
    String text = node.text();
    try {
      Duration limit =
          text.endsWith("ms")
              ? Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2).strip()))
              : text.endsWith("s")
                  ? Duration.ofSeconds(Long.parseLong(text.substring(0, text.length() - 1).strip()))
                  : Duration.ZERO;
      if (limit.isPositive() && limit.compareTo(TIME_LIMIT_MAX) <= 0) {
        return limit;
      }
    } catch (NumberFormatException | ArithmeticException e) {
      // falls through to the complaint that all wrong values get
    }
    throw node.wrong("is %s, allowed are 1ms to 3600s, such as 500ms or 10s".formatted(text));
  }

  private static String name(YamlNode node, Set<String> names) throws ScenarioException {
    String text = node.text();
    if (!text.matches("[A-Za-z0-9][A-Za-z0-9_.-]*")) {
      throw node.wrong("is \"%s\", allowed are letters, digits, '-', '_' and '.'".formatted(text));
    }
    if (!names.add(text)) {
      throw node.wrong("is %s a second time, allowed is once".formatted(text));
    }
    return text;
  }

  private List<Codebase> codebases(@Nullable YamlNode node, long memory) throws ScenarioException {
    if (node == null) {
      return List.of();
    }
    List<YamlNode> items = node.list();
    if (items.isEmpty()) {
      throw node.wrong("is empty, at least one is needed");
    }
    List<Codebase> codebases = new ArrayList<>();
    Set<String> names = new HashSet<>();
    List<PageRange> taken = new ArrayList<>();
    for (YamlNode item : items) {
      Map<String, YamlNode> keys = item.mapping(CODEBASE_KEYS);
      String codebaseName = name(required(item, keys, "name", "a codebase"), names);
      YamlNode file = required(item, keys, "payload", "a codebase");
      PayloadImage payload = payloadFile(file);
      if (payload.writable()) {
        throw file.wrong(
            "%s is no codebase: it has a writable segment, allowed are code and constants"
                .formatted(file.text()));
      }
      codebases.add(
          new Codebase(
              codebaseName,
              payload,
              ranges(required(item, keys, "decides", "a codebase"), memory, taken)));
    }
    try {
      CodebaseTable.checkRoom(codebases.size(), taken.size());
    } catch (IllegalArgumentException e) {
      throw node.complain(String.valueOf(e.getMessage()));
    }
    return codebases;
  }

  private static boolean unload(@Nullable YamlNode node) throws ScenarioException {
    if (node == null || node.text().equals("false")) {
      return false;
    }
    if (!node.text().equals("true")) {
      throw node.wrong("is %s, allowed are true and false".formatted(node.text()));
    }
    return true;
  }

  private List<Driver> drivers(
      @Nullable YamlNode node,
      long memory,
      Set<Vmpl> levels,
      Detection detection,
      List<PageRange> taken)
      throws ScenarioException {
    List<YamlNode> items = node == null ? List.of() : node.list();
    if (items.isEmpty()) {
      throw (node == null ? root : node).complain("no drivers, at least one is needed");
    }
    if (items.size() > BootInfo.DRIVERS_MAX) {
      throw items
          .get(BootInfo.DRIVERS_MAX)
          .complain("%d drivers, allowed are %d".formatted(items.size(), BootInfo.DRIVERS_MAX));
    }
    List<Driver> drivers = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (YamlNode item : items) {
      Map<String, YamlNode> keys = item.mapping(DRIVER_KEYS);
      String driverName = name(required(item, keys, "name", "a driver"), names);
      Vmpl level = level(keys.get("level"), levels);
      List<Integer> processors = processors(keys.get("processors"));
      Driver driver =
          new Driver(
              driverName,
              payloadFile(required(item, keys, "payload", "a driver")),
              level,
              processors,
              cpl(keys.get("cpl"), level, processors, detection),
              ranges(keys.get("owns"), memory, taken),
              unload(keys.get("unload")),
              arguments(keys.get("arguments")),
              permissions(keys.get("permissions"), memory));
      checkConcurrency(item, drivers, driver);
      drivers.add(driver);
    }
    try {
      ValidatorTables.checkRoom(drivers.stream().mapToInt(driver -> driver.owns().size()).sum());
      PermissionTable.checkRoom(
          drivers.stream()
              .mapToInt(driver -> driver.permissions().map(List::size).orElse(0))
              .sum());
    } catch (IllegalArgumentException e) {
      throw (node == null ? root : node).complain(String.valueOf(e.getMessage()));
    }
    int vcpus = drivers.stream().mapToInt(driver -> driver.processors().size()).sum();
    if (vcpus > BootInfo.DRIVERS_MAX) {
      throw (node == null ? root : node)
          .complain(
              "drivers on %d processors in all, allowed are %d"
                  .formatted(vcpus, BootInfo.DRIVERS_MAX));
    }
    return drivers;
  }

  private static Vmpl level(@Nullable YamlNode node, Set<Vmpl> levels) throws ScenarioException {
    if (node == null) {
      return Vmpl.VMPL1;
    }
    long number = node.number();
    if (number < 1 || number > Vmpl.VMPL3.number() || !levels.contains(Vmpl.of((int) number))) {
      throw node.wrong(
          "is %s, allowed are %s%s"
              .formatted(
                  node.text(),
                  levels.stream()
                      .filter(level -> level != Vmpl.VMPL0)
                      .map(level -> Integer.toString(level.number()))
                      .sorted()
                      .collect(Collectors.joining(", ")),
                  number == 0 ? ": level 0 is the validator's, which judges drivers" : ""));
    }
    return Vmpl.of((int) number);
  }

  private static List<Integer> processors(@Nullable YamlNode node) throws ScenarioException {
    if (node == null) {
      return List.of(0);
    }
    List<Integer> processors = new ArrayList<>();
    for (YamlNode item : node.list()) {
      long number = item.number();
      if (number < 0 || number >= BootInfo.PROCESSORS_MAX || processors.contains((int) number)) {
        throw item.wrong(
            "has %s, allowed are 0 to %d, each once"
                .formatted(item.text(), BootInfo.PROCESSORS_MAX - 1));
      }
      processors.add((int) number);
    }
    if (processors.isEmpty()) {
      throw node.wrong("is empty, at least one is needed");
    }
    return processors;
  }

  /** The guest kernel hosts what runs on its own vCPU. */
  private static int cpl(
      @Nullable YamlNode node, Vmpl level, List<Integer> processors, Detection detection)
      throws ScenarioException {
    long number = node == null ? 0 : node.number();
    if (node != null && number != 0 && number != Driver.HOSTED) {
      throw node.wrong("is %s, allowed are 0 and 3".formatted(node.text()));
    }
    if (node != null
        && number == Driver.HOSTED
        && (level != Vmpl.VMPL1 || !processors.equals(List.of(0)) || detection != Detection.TRAP)) {
      throw node.wrong("is 3, allowed is that at level 1 on processor 0 with detection trap");
    }
    return (int) number;
  }

  /**
   * What a level is granted is its driver's, so two drivers cannot have one level at once; nor one
   * processor, unless it is the first, where they take turns.
   */
  private static void checkConcurrency(YamlNode node, List<Driver> others, Driver driver)
      throws ScenarioException {
    List<Integer> first = List.of(0);
    for (Driver other : others) {
      boolean inTurn = other.processors().equals(first) && driver.processors().equals(first);
      if (!inTurn && other.level() == driver.level()) {
        throw node.complain(
            "driver %s at level %d at the same time as %s, allowed is another level"
                .formatted(driver.name(), driver.level().number(), other.name()));
      }
      for (int processor : driver.processors()) {
        if (processor != 0 && other.processors().contains(processor)) {
          throw node.complain(
              "driver %s on processor %d at the same time as %s, allowed is another processor"
                  .formatted(driver.name(), processor, other.name()));
        }
      }
    }
  }

  private static List<MachineSpec.Contents> contents(@Nullable YamlNode node, long memory)
      throws ScenarioException {
    List<MachineSpec.Contents> contents = new ArrayList<>();
    for (YamlNode item : node == null ? List.<YamlNode>of() : node.list()) {
      Map<String, YamlNode> keys = item.mapping(CONTENTS_KEYS);
      YamlNode start = required(item, keys, "start", "contents");
      byte[] bytes = required(item, keys, "hex", "contents").bytesInHex();
      long gpa = start.number();
      if (gpa < Layout.KERNEL_MEMORY || gpa > memory - bytes.length) {
        throw start.wrong(
            "is %s with %d bytes, outside kernel memory, allowed is %#x to %#x"
                .formatted(start.text(), bytes.length, Layout.KERNEL_MEMORY, memory));
      }
      contents.add(new MachineSpec.Contents(gpa, HexFormat.of().formatHex(bytes)));
    }
    return contents;
  }

  /** What a driver may do: by the operation's name, ranges of memory, or ports or MSRs. */
  private static Optional<List<Permission>> permissions(@Nullable YamlNode node, long memory)
      throws ScenarioException {
    if (node == null) {
      return Optional.empty();
    }
    List<Permission> permissions = new ArrayList<>();
    List<String> operations = Arrays.stream(Access.values()).map(Access::label).toList();
    for (Map.Entry<String, YamlNode> entry : node.mapping(operations).entrySet()) {
      Access access = Access.byLabel(entry.getKey()).orElseThrow();
      if (access.isOfMemory()) {
        for (PageRange range : ranges(entry.getValue(), memory, new ArrayList<>())) {
          permissions.add(new Permission(access, range.start(), range.end()));
        }
      } else {
        registers(access, entry.getValue(), permissions);
      }
    }
    return Optional.of(permissions);
  }

  private static void registers(Access access, YamlNode node, List<Permission> permissions)
      throws ScenarioException {
    long limit = access.isOfPort() ? PORTS : MSRS;
    for (YamlNode item : node.list()) {
      Map<String, YamlNode> keys = item.mapping(REGISTER_KEYS);
      YamlNode start = required(item, keys, "start", access.label());
      YamlNode count = keys.get("count");
      long first = start.number();
      long many = count == null ? 1 : count.number();
      if (first < 0 || first >= limit || many < 1 || many > limit - first) {
        throw item.complain(
            "%s of %d from %s on, allowed is 0 to %#x"
                .formatted(access.label(), many, start.text(), limit - 1));
      }
      Permission permission;
      try {
        permission = new Permission(access, first, first + many);
      } catch (IllegalArgumentException e) {
        throw item.complain(String.valueOf(e.getMessage()));
      }
      for (Permission other : permissions) {
        if (other.access() == access && first < other.end() && other.start() < first + many) {
          throw item.complain(
              "%s of %s a second time, allowed is once".formatted(access.label(), start.text()));
        }
      }
      permissions.add(permission);
    }
  }

  private static List<Long> arguments(@Nullable YamlNode node) throws ScenarioException {
    List<Long> arguments = new ArrayList<>();
    for (YamlNode item : node == null ? List.<YamlNode>of() : node.list()) {
      arguments.add(item.number());
    }
    if (node != null && arguments.size() > BootInfo.ARGUMENTS_MAX) {
      throw node.wrong(
          "has %d numbers, allowed are %d".formatted(arguments.size(), BootInfo.ARGUMENTS_MAX));
    }
    return arguments;
  }

  /** Ranges of kernel memory; none may overlap one in {@code taken}, to which they are added. */
  private static List<PageRange> ranges(@Nullable YamlNode node, long memory, List<PageRange> taken)
      throws ScenarioException {
    return ranges(node, memory, taken, RANGE_KEYS);
  }

  /** The same where a range's keys have other names. */
  private static List<PageRange> ranges(
      @Nullable YamlNode node, long memory, List<PageRange> taken, List<String> names)
      throws ScenarioException {
    List<PageRange> ranges = new ArrayList<>();
    for (YamlNode item : node == null ? List.<YamlNode>of() : node.list()) {
      Map<String, YamlNode> keys = item.mapping(names);
      YamlNode start = required(item, keys, names.getFirst(), "a range");
      YamlNode length = required(item, keys, names.getLast(), "a range");
      long first = start.number();
      long bytes = length.bytes();
      if (first % PageRange.PAGE_SIZE != 0) {
        throw start.wrong("is %s, allowed are multiples of 4096 (0x1000)".formatted(start.text()));
      }
      if (bytes <= 0 || bytes % PageRange.PAGE_SIZE != 0) {
        throw length.wrong(
            "is %s, allowed are multiples of 4096 (0x1000)".formatted(length.text()));
      }
      if (first < Layout.KERNEL_MEMORY || first > memory || bytes > memory - first) {
        throw item.complain(
            "range %s, length %s, is outside kernel memory, allowed is %#x to %#x"
                .formatted(start.text(), length.text(), Layout.KERNEL_MEMORY, memory));
      }
      PageRange range = new PageRange(first, first + bytes);
      for (PageRange other : taken) {
        if (range.overlaps(other)) {
          throw item.complain(
              "range %s overlaps %s, allowed are disjoint ranges".formatted(range, other));
        }
      }
      taken.add(range);
      ranges.add(range);
    }
    return ranges;
  }

  /** Virtual ranges, which lead to the same addresses of memory at launch. */
  private static List<PageRange> protectedVirtual(
      @Nullable YamlNode node, long memory, List<PageRange> taken) throws ScenarioException {
    if (node == null) {
      return List.of();
    }
    List<PageRange> ranges = ranges(node, memory, taken, PROTECTED_KEYS);
    try {
      ValidatorTables.checkProtected(ranges);
    } catch (IllegalArgumentException e) {
      throw node.complain(String.valueOf(e.getMessage()));
    }
    return ranges;
  }

  private static List<Scenario.Watch> watch(@Nullable YamlNode node, long memory)
      throws ScenarioException {
    List<Scenario.Watch> watches = new ArrayList<>();
    for (YamlNode item : node == null ? List.<YamlNode>of() : node.list()) {
      Map<String, YamlNode> keys = item.mapping(RANGE_KEYS);
      YamlNode start = required(item, keys, "start", "a range");
      YamlNode length = required(item, keys, "length", "a range");
      long gpa = start.number();
      long bytes = length.bytes();
      if (bytes < 1 || bytes > Scenario.Watch.LENGTH_MAX) {
        throw length.wrong(
            "is %s, allowed are 1 to %d".formatted(length.text(), Scenario.Watch.LENGTH_MAX));
      }
      if (gpa < 0 || gpa > memory - bytes) {
        throw start.wrong(
            "is %s, outside memory, allowed is 0 to %#x".formatted(start.text(), memory));
      }
      watches.add(new Scenario.Watch(gpa, (int) bytes));
    }
    return watches;
  }

  private PayloadImage payload(@Nullable YamlNode node, BuiltInPayload otherwise)
      throws ScenarioException {
    if (node == null) {
      try {
        return PayloadImage.parse(otherwise.bytes());
      } catch (PayloadImage.MalformedException e) {
        throw new IllegalStateException("built-in payload " + otherwise.fileName(), e);
      }
    }
    return payloadFile(required(node, node.mapping(PAYLOAD_KEYS), "payload", "this"));
  }

  /** A built-in payload by its name, or an ELF file by its path. */
  private PayloadImage payloadFile(YamlNode node) throws ScenarioException {
    String text = node.text();
    byte[] bytes;
    if (BuiltInPayload.byName(text).isPresent()) {
      bytes = BuiltInPayload.byName(text).get().bytes();
    } else if (!text.contains("/") && !text.endsWith(".elf")) {
      throw node.wrong(
          "is %s, allowed are %s, or the path of an ELF file (with a / or ending in .elf)"
              .formatted(text, BuiltInPayload.names()));
    } else {
      try {
        bytes = Files.readAllBytes(folder.resolve(text));
      } catch (IOException e) {
        throw node.wrong("%s cannot be read (%s)".formatted(text, reason(e)));
      } catch (InvalidPathException e) {
        throw node.wrong("%s is no path".formatted(text));
      }
    }
    try {
      return PayloadImage.parse(bytes);
    } catch (PayloadImage.MalformedException e) {
      throw node.wrong("%s is %s".formatted(text, e.getMessage()));
    }
  }

  private static YamlNode required(YamlNode in, Map<String, YamlNode> keys, String key, String what)
      throws ScenarioException {
    YamlNode value = keys.get(key);
    if (value == null) {
      throw in.complain("%s without %s, which is needed".formatted(what, key));
    }
    return value;
  }
}
