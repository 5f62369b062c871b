// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario;

import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.CodebaseTable;
import dev.kvmpl.protocol.tables.ValidatorTables;
import dev.kvmpl.scenario.input.InputFile;
import dev.kvmpl.scenario.input.PayloadReader;
import dev.kvmpl.scenario.input.RangeReader;
import dev.kvmpl.spec.Codebase;
import dev.kvmpl.spec.Contents;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.spec.HandOverKind;
import dev.kvmpl.spec.InvalidSpecException;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.Policy;
import dev.kvmpl.spec.SlotChanges;
import dev.kvmpl.vmpl.Vmpl;
import dev.kvmpl.yaml.YamlException;
import dev.kvmpl.yaml.YamlNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads scenario files; docs/scenarios.md describes them. */
public final class ScenarioReader {
  private static final List<String> KEYS =
      List.of(
          "memory",
          "levels",
          "detection",
          "enforcement",
          "handover",
          "slotChanges",
          "grant",
          "policy",
          "timeLimit",
          "kernel",
          "validator",
          "restricted",
          "hidden",
          "protected",
          "contents",
          "codebases",
          "drivers",
          "verdicts",
          "watch",
          "expect");
  private static final List<String> CODEBASE_KEYS = List.of("name", "payload", "decides");
  private static final List<String> CONTENTS_KEYS = List.of("start", "hex");
  private static final List<String> PROTECTED_KEYS = List.of("virtual", "length");

  /** Bytes of a scenario file. */
  private static final int FILE_MAX = 3 << 20;

  /** More digits than any duration that is allowed has are none. */
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9}) *(ms|s)");

  private final PayloadReader payloads;
  private final YamlNode root;
  private final String name;

  private ScenarioReader(String name, Path folder, String text) throws ScenarioException {
    this.name = name;
    this.payloads = new PayloadReader(folder);
    try {
      this.root = YamlNode.parse(name, text);
    } catch (YamlException e) {
      throw new ScenarioException(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Reads a file; payloads in it are relative to the file's folder.
   *
   * @throws ScenarioException if it cannot be read, or is wrong
   */
  public static Scenario read(Path file) throws ScenarioException {
    return reader(file).read();
  }

  /**
   * The files that a scenario consists of: its own, then its payloads', by paths that lead to them
   * from the working directory.
   *
   * @throws ScenarioException if one of them cannot be read, or is wrong
   */
  public static List<Path> files(Path file) throws ScenarioException {
    ScenarioReader reader = reader(file);
    reader.read();
    List<Path> files = new ArrayList<>(List.of(file));
    files.addAll(reader.payloads.files());
    return files;
  }

  private static ScenarioReader reader(Path file) throws ScenarioException {
    String text;
    try {
      ByteBuffer bytes = ByteBuffer.wrap(InputFile.read(file, FILE_MAX));
      text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (IOException e) {
      throw new ScenarioException(
          String.format(Locale.ROOT, "%s: cannot be read (%s)", file, InputFile.reason(e)));
    }
    Path parent = file.getParent();
    return new ScenarioReader(file.toString(), parent == null ? Path.of("") : parent, text);
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

  private Scenario read() throws ScenarioException {
    try {
      return described();
    } catch (YamlException e) {
      throw new ScenarioException(String.valueOf(e.getMessage()));
    }
  }

  private Scenario described() throws YamlException {
    Map<String, YamlNode> keys = root.mapping(KEYS);
    YamlNode validator = keys.get("validator");
    Set<Vmpl> levels = levels(keys.get("levels"));
    Detection detection =
        choice(keys.get("detection"), List.of(Detection.values()), Detection::label);
    List<Driver> drivers = new DriverReader(payloads, root).read(keys.get("drivers"), levels);
    if (validator == null) {
      throw root.complain(
          "no validator, one is needed: validator: { payload: validator } is the one that comes"
              + " with kvmpl");
    }
    MachineSpec.Builder described =
        MachineSpec.of(
                payloads.payload(keys.get("kernel"), BuiltInPayload.KERNEL),
                payloads.payload(validator, BuiltInPayload.VALIDATOR))
            .detection(detection)
            .enforcement(
                choice(
                    keys.get("enforcement"),
                    List.of(EnforcementKind.values()),
                    EnforcementKind::label))
            .handOver(
                choice(keys.get("handover"), List.of(HandOverKind.values()), HandOverKind::label))
            .slotChanges(
                choice(keys.get("slotChanges"), List.of(SlotChanges.values()), SlotChanges::label))
            .grant(choice(keys.get("grant"), List.of(GrantKind.values()), GrantKind::label))
            .policy(choice(keys.get("policy"), List.of(Policy.values()), Policy::label))
            .restricted(RangeReader.ranges(keys.get("restricted"), ValidatorTables.RESTRICTED_MAX))
            .hidden(RangeReader.ranges(keys.get("hidden"), MachineSpec.HIDDEN_MAX))
            .protectedVirtual(
                RangeReader.ranges(
                    keys.get("protected"), ValidatorTables.PROTECTED_MAX, PROTECTED_KEYS))
            .contents(contents(keys.get("contents")))
            .codebases(codebases(keys.get("codebases")))
            .drivers(drivers);
    YamlNode size = keys.get("memory");
    if (size != null) {
      described.memorySize(size.bytes());
    }
    YamlNode limit = keys.get("timeLimit");
    if (limit != null) {
      described.timeLimit(timeLimit(limit));
    }
    MachineSpec machine = checked(described);
    long memory = machine.memorySize();
    List<String> names = drivers.stream().map(Driver::name).toList();
    YamlNode expect = keys.get("expect");
    SortedMap<Long, String> verdicts = VerdictNames.read(keys.get("verdicts"));
    return new Scenario(
        name,
        machine,
        verdicts,
        watch(keys.get("watch"), memory),
        expect == null
            ? Expectation.COMPLETES
            : new ExpectationReader(names, verdicts, memory, machine.policy() == Policy.ENFORCE)
                .read(expect));
  }

  /** The machine, if there can be one: if not, the complaint is at what is wrong. */
  private MachineSpec checked(MachineSpec.Builder described) throws YamlException {
    try {
      return described.build();
    } catch (InvalidSpecException e) {
      YamlNode wrong = root.at(e.where());
      throw e.isOfValue() ? wrong.wrong(e.what()) : wrong.complain(e.what());
    }
  }

  private static Set<Vmpl> levels(@Nullable YamlNode node) throws YamlException {
    if (node == null) {
      return EnumSet.allOf(Vmpl.class);
    }
    Set<Vmpl> levels = EnumSet.noneOf(Vmpl.class);
    for (YamlNode item : node.list(Vmpl.values().length)) {
      long number = item.number();
      if (number < 0 || number > Vmpl.VMPL3.number()) {
        throw item.wrong(String.format(Locale.ROOT, "has %s, allowed are 0 to 3", item.shown()));
      }
      levels.add(Vmpl.of((int) number));
    }
    if (!levels.contains(Vmpl.VMPL0) || !levels.contains(Vmpl.VMPL1)) {
      throw node.wrong("has to have 0 and 1: the validator's and the guest kernel's");
    }
    return levels;
  }

  /** The first one if there is none. */
  private static <E> E choice(@Nullable YamlNode node, List<E> all, Function<E, String> label)
      throws YamlException {
    if (node == null) {
      return all.getFirst();
    }
    for (E one : all) {
      if (label.apply(one).equals(node.text())) {
        return one;
      }
    }
    throw node.wrong(
        String.format(
            Locale.ROOT,
            "is %s, allowed are %s",
            node.shown(),
            all.stream().map(label).collect(Collectors.joining(", "))));
  }

  private static Duration timeLimit(YamlNode node) throws YamlException {
    Matcher matcher = DURATION.matcher(node.text());
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      return matcher.group(2).equals("ms") ? Duration.ofMillis(number) : Duration.ofSeconds(number);
    }
    throw node.wrong(
        String.format(
            Locale.ROOT, "is %s, allowed are 1ms to 3600s, such as 500ms or 10s", node.shown()));
  }

  private List<Codebase> codebases(@Nullable YamlNode node) throws YamlException {
    if (node == null) {
      return List.of();
    }
    List<YamlNode> items = node.list(CodebaseTable.CODEBASES_MAX);
    if (items.isEmpty()) {
      throw node.wrong("is empty, at least one is needed");
    }
    List<Codebase> codebases = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (YamlNode item : items) {
      Map<String, YamlNode> keys = item.mapping(CODEBASE_KEYS);
      String codebaseName =
          DriverReader.name(YamlNode.required(item, keys, "name", "a codebase"), names);
      YamlNode file = YamlNode.required(item, keys, "payload", "a codebase");
      PayloadImage payload = payloads.payloadFile(file);
      if (payload.writable()) {
        throw file.wrong(
            String.format(
                Locale.ROOT,
                "%s is no codebase: it has a writable segment, allowed are code and constants",
                file.shown()));
      }
      codebases.add(
          new Codebase(
              codebaseName,
              payload,
              RangeReader.ranges(
                  YamlNode.required(item, keys, "decides", "a codebase"),
                  CodebaseTable.RANGES_MAX)));
    }
    return codebases;
  }

  private static List<Contents> contents(@Nullable YamlNode node) throws YamlException {
    List<Contents> contents = new ArrayList<>();
    for (YamlNode item : node == null ? List.<YamlNode>of() : node.list(MachineSpec.CONTENTS_MAX)) {
      Map<String, YamlNode> keys = item.mapping(CONTENTS_KEYS);
      YamlNode start = YamlNode.required(item, keys, "start", "contents");
      byte[] bytes = YamlNode.required(item, keys, "hex", "contents").bytesInHex();
      long gpa = start.number();
      contents.add(new Contents(gpa, HexFormat.of().formatHex(bytes)));
    }
    return contents;
  }

  private static List<Scenario.Watch> watch(@Nullable YamlNode node, long memory)
      throws YamlException {
    List<Scenario.Watch> watches = new ArrayList<>();
    for (YamlNode item : node == null ? List.<YamlNode>of() : node.list(Scenario.WATCHES_MAX)) {
      Map<String, YamlNode> keys = item.mapping(RangeReader.RANGE_KEYS);
      YamlNode start = YamlNode.required(item, keys, "start", "a range");
      YamlNode length = YamlNode.required(item, keys, "length", "a range");
      long gpa = start.number();
      long bytes = length.bytes();
      if (bytes < 1 || bytes > Scenario.Watch.LENGTH_MAX) {
        throw length.wrong(
            String.format(
                Locale.ROOT,
                "is %s, allowed are 1 to %d",
                length.shown(),
                Scenario.Watch.LENGTH_MAX));
      }
      if (gpa < 0 || gpa > memory - bytes) {
        throw start.wrong(
            String.format(
                Locale.ROOT, "is %s, outside memory, allowed is 0 to %#x", start.shown(), memory));
      }
      watches.add(new Scenario.Watch(gpa, (int) bytes));
    }
    return watches;
  }
}
