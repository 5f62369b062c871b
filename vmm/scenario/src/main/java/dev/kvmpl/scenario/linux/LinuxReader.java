// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario.linux;

import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.policy.WriterPattern;
import dev.kvmpl.linux.writers.KernelModule.Section;
import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.input.InputFile;
import dev.kvmpl.scenario.input.PayloadReader;
import dev.kvmpl.scenario.input.RangeReader;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.yaml.YamlException;
import dev.kvmpl.yaml.YamlNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads what {@code boot} takes; docs/linux.md describes it. */
public final class LinuxReader {
  private static final List<String> KEYS =
      List.of(
          "validator",
          "enforcement",
          "detection",
          "protect",
          "watch",
          "rules",
          "modules",
          "run",
          "expect");
  private static final List<String> PROTECT_KEYS =
      List.of("module", "sections", "symbol", "gpa", "length");
  private static final List<String> RULE_KEYS = List.of("what", "who", "do");
  private static final List<String> EXPECT_KEYS = List.of("who", "what", "answer");
  private static final String MODULE = "module ";
  private static final String MODULE_NAME = "[A-Za-z0-9_]{1,55}";
  private static final int FILE_MAX = 1 << 20;
  private static final int PROTECT_MAX = 32;
  private static final int RULES_MAX = 256;
  private static final int MODULES_MAX = 64;
  private static final int EXPECTED_MAX = 256;

  private final Path folder;

  private LinuxReader(Path folder) {
    this.folder = folder;
  }

  /**
   * Reads a file; what it names is relative to the file's folder.
   *
   * @throws ScenarioException if it cannot be read, or is wrong
   */
  public static LinuxScenario read(Path file) throws ScenarioException {
    try {
      String text = new String(InputFile.read(file, FILE_MAX), StandardCharsets.UTF_8);
      Path folder = Optional.ofNullable(file.getParent()).orElse(Path.of(""));
      return new LinuxReader(folder).scenario(YamlNode.parse(file.toString(), text));
    } catch (IOException e) {
      throw new ScenarioException(file + ": cannot be read (" + InputFile.reason(e) + ")");
    } catch (YamlException e) {
      throw new ScenarioException(String.valueOf(e.getMessage()));
    }
  }

  private LinuxScenario scenario(YamlNode root) throws YamlException {
    Map<String, YamlNode> keys = root.mapping(KEYS);
    List<Protected> protects = new ArrayList<>();
    for (YamlNode item : list(keys.get("protect"), PROTECT_MAX)) {
      protects.add(protect(item));
    }
    List<Policy.Rule> rules = new ArrayList<>();
    for (YamlNode item : list(keys.get("rules"), RULES_MAX)) {
      rules.add(rule(item, protects));
    }
    List<Protected> watched = new ArrayList<>();
    for (YamlNode item : list(keys.get("watch"), PROTECT_MAX)) {
      watched.add(protect(item));
    }
    List<Path> modules = new ArrayList<>();
    for (YamlNode item : list(keys.get("modules"), MODULES_MAX)) {
      modules.add(module(item));
    }
    List<ExpectedAttempt> expected = new ArrayList<>();
    for (YamlNode item : list(keys.get("expect"), EXPECTED_MAX)) {
      expected.add(expected(item));
    }
    YamlNode run = keys.get("run");
    try {
      return new LinuxScenario(
          validator(keys.get("validator")),
          enforcement(keys.get("enforcement")),
          detection(keys.get("detection")),
          new Policy(protects, rules).watching(watched),
          modules,
          run == null ? "" : run.text(),
          expected);
    } catch (IllegalArgumentException e) {
      throw root.complain(String.valueOf(e.getMessage()));
    }
  }

  private PayloadImage validator(@Nullable YamlNode node) throws YamlException {
    if (node == null) {
      return LinuxFiles.validator();
    }
    return new PayloadReader(folder)
        .payloadFile(
            YamlNode.required(node, node.mapping(List.of("payload")), "payload", "a validator"));
  }

  private static EnforcementKind enforcement(@Nullable YamlNode node) throws YamlException {
    String wanted = node == null ? EnforcementKind.SLOTS.label() : node.text();
    for (EnforcementKind kind : EnforcementKind.values()) {
      if (kind.label().equals(wanted)) {
        return kind;
      }
    }
    throw Objects.requireNonNull(node)
        .wrong(
            "is "
                + node.shown()
                + ", allowed are "
                + Arrays.stream(EnforcementKind.values())
                    .map(EnforcementKind::label)
                    .collect(Collectors.joining(", ")));
  }

  private static Detection detection(@Nullable YamlNode node) throws YamlException {
    String wanted = node == null ? Detection.TRAP.label() : node.text();
    for (Detection detection : List.of(Detection.TRAP, Detection.REFLECT)) {
      if (detection.label().equals(wanted)) {
        return detection;
      }
    }
    throw Objects.requireNonNull(node).wrong("is " + node.shown() + ", allowed are trap, reflect");
  }

  private static List<YamlNode> list(@Nullable YamlNode node, int most) throws YamlException {
    return node == null ? List.of() : node.list(most);
  }

  private static Protected protect(YamlNode item) throws YamlException {
    if (!item.isMapping()) {
      return switch (item.text()) {
        case "kernel-text" -> new Protected.KernelText();
        case "kernel-rodata" -> new Protected.KernelRodata();
        default ->
            throw item.wrong(
                "is "
                    + item.shown()
                    + ", allowed are kernel-text, kernel-rodata, {module: NAME, sections: [...]},"
                    + " {symbol: NAME} and {gpa: ADDRESS, length: BYTES}");
      };
    }
    Map<String, YamlNode> keys = item.mapping(PROTECT_KEYS);
    YamlNode module = keys.get("module");
    YamlNode symbol = keys.get("symbol");
    if (module != null && symbol == null && !keys.containsKey("gpa")) {
      return new Protected.OfModule(
          moduleName(module, module.text()), sections(keys.get("sections")));
    } else if (symbol != null && keys.size() == 1) {
      return new Protected.OfSymbol(symbol.text());
    } else if (keys.keySet().equals(Set.of("gpa", "length"))) {
      return new Protected.OfRange(RangeReader.range(item, keys, List.of("gpa", "length")));
    }
    throw item.complain(
        "a mapping in protect has module and maybe sections, or symbol, or gpa and length");
  }

  private static Set<Section> sections(@Nullable YamlNode node) throws YamlException {
    if (node == null) {
      return Set.of(Section.DATA);
    }
    Set<Section> sections = new TreeSet<>();
    for (YamlNode item : node.list(Section.values().length)) {
      String text = item.text();
      sections.add(
          Arrays.stream(Section.values())
              .filter(section -> section.label().equals(text))
              .findFirst()
              .orElseThrow(
                  () ->
                      item.wrong(
                          "has "
                              + text
                              + ", allowed are "
                              + Arrays.stream(Section.values())
                                  .map(Section::label)
                                  .collect(Collectors.joining(", ")))));
    }
    return sections;
  }

  private static Policy.Rule rule(YamlNode item, List<Protected> protects) throws YamlException {
    Map<String, YamlNode> keys = item.mapping(RULE_KEYS);
    YamlNode what = keys.get("what");
    Optional<Protected> protectedThing = Optional.empty();
    if (what != null) {
      String text = what.text();
      protectedThing = protects.stream().filter(one -> one.label().equals(text)).findFirst();
      if (protectedThing.isEmpty()) {
        throw what.wrong(
            "is "
                + what.shown()
                + ", which nothing in protect is called: "
                + protects.stream().map(Protected::label).collect(Collectors.joining(", ")));
      }
    }
    YamlNode who = YamlNode.required(item, keys, "who", "a rule");
    YamlNode answer = YamlNode.required(item, keys, "do", "a rule");
    return new Policy.Rule(protectedThing, pattern(who), answer(answer));
  }

  private static WriterPattern pattern(YamlNode node) throws YamlException {
    String text = node.text();
    return switch (text) {
      case "kernel" -> WriterPattern.any(Writer.Kind.KERNEL);
      case "kernel-patching" -> WriterPattern.any(Writer.Kind.PATCHING);
      case "module" -> WriterPattern.any(Writer.Kind.MODULE);
      default -> {
        if (!text.startsWith(MODULE)) {
          throw node.wrong(
              "is "
                  + node.shown()
                  + ", allowed are kernel, kernel-patching, module and module NAME");
        }
        yield new WriterPattern(
            Writer.Kind.MODULE, moduleName(node, text.substring(MODULE.length())));
      }
    };
  }

  private static String moduleName(YamlNode node, String name) throws YamlException {
    if (!name.matches(MODULE_NAME)) {
      throw node.wrong("is " + node.shown() + ", allowed are a module's letters, digits and _");
    }
    return name;
  }

  private static StoreAnswer answer(YamlNode node) throws YamlException {
    Optional<StoreAnswer> answer = StoreAnswer.byLabel(node.text());
    if (answer.isEmpty()) {
      throw node.wrong("is " + node.shown() + ", allowed are " + StoreAnswer.labels());
    }
    return answer.get();
  }

  private Path module(YamlNode item) throws YamlException {
    String text = item.text();
    String name = text.substring(text.lastIndexOf('/') + 1);
    if (!name.matches(MODULE_NAME + "[.](c|ko)")) {
      throw item.wrong(
          String.format(
              Locale.ROOT,
              "has %s, allowed are the paths of sources (.c) and modules (.ko)",
              item.shown()));
    }
    return folder.resolve(text);
  }

  private static ExpectedAttempt expected(YamlNode item) throws YamlException {
    Map<String, YamlNode> keys = item.mapping(EXPECT_KEYS);
    YamlNode who = YamlNode.required(item, keys, "who", "an expected attempt");
    pattern(who);
    YamlNode what = keys.get("what");
    YamlNode answer = keys.get("answer");
    return new ExpectedAttempt(
        who.text(),
        what == null ? Optional.empty() : Optional.of(what.text()),
        answer == null ? Optional.empty() : Optional.of(answer(answer)));
  }
}
