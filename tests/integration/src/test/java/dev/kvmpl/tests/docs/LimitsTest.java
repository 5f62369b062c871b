// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.PayloadImage.MalformedException;
import dev.kvmpl.tests.machine.Elf;
import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The limits of scenario files in docs/limits.md: each holds, and one more is one line. */
@Tag(SourceTree.TAG)
class LimitsTest {
  /** A row of the first table, the one with two columns. */
  private static final Pattern ROW = Pattern.compile("(?m)^\\| ([^|]+) \\| ([0-9]+) \\|$");

  private static final String VALIDATOR = "validator: { payload: validator }\nmemory: 3GiB\n";
  private static final String DRIVERS = "drivers: [ { name: a, payload: store } ]\n";
  private static final String GOOD = VALIDATOR + DRIVERS;

  @TempDir Path folder;

  /** Makes a file with so many of something. */
  interface Maker {
    String make(LimitsTest test, int count) throws IOException, MalformedException;
  }

  private static final Map<String, Maker> MAKERS = makers();

  private static Map<String, Maker> makers() {
    Map<String, Maker> makers = new LinkedHashMap<>();
    makers.put("bytes of the file", (test, n) -> GOOD + "#".repeat(n - GOOD.length()));
    // 15 more are in the rest of the file.
    makers.put(
        "keys, values, lists and mappings",
        (test, n) -> GOOD + "expect: { steps: [" + "JUMP, ".repeat(n - 19) + "] }\n");
    makers.put(
        "lists and mappings inside each other",
        (test, n) -> GOOD + "watch: " + "[".repeat(n - 1) + "]".repeat(n - 1) + "\n");
    makers.put(
        "bits of a number",
        (test, n) -> driver("arguments: [" + BigInteger.TWO.pow(n).subtract(BigInteger.ONE) + "]"));
    makers.put("`memory`, MiB", (test, n) -> GOOD.replace("3GiB", n + n % 2 + "MiB"));
    makers.put("`timeLimit`, seconds", (test, n) -> GOOD + "timeLimit: " + n + "s\n");
    makers.put("`drivers`", (test, n) -> VALIDATOR + list("drivers", n, LimitsTest::tiny));
    makers.put(
        "vCPUs of all `drivers`",
        (test, n) ->
            VALIDATOR
                + list("drivers", n - 3, LimitsTest::tiny)
                + "  - { name: b, payload: store, level: 2, processors: [1, 2, 3] }\n");
    makers.put(
        "`processors` of a driver",
        (test, n) -> driver("processors: [" + join(n, i -> "" + i) + "]"));
    makers.put(
        "`arguments` of a driver", (test, n) -> driver("arguments: [" + join(n, i -> "1") + "]"));
    makers.put(
        "`owns`, ranges of all drivers",
        (test, n) ->
            VALIDATOR
                + "drivers:\n"
                + "  - { name: a, payload: store, owns: ["
                + ranges(0, n / 2)
                + "] }\n"
                + "  - { name: b, payload: store, owns: ["
                + ranges(n / 2, n)
                + "] }\n");
    makers.put(
        "`permissions`, entries of all drivers",
        (test, n) ->
            driver(
                "permissions: { write: [%s], port-read: [%s] }"
                    .formatted(
                        ranges(0, n - 100), join(100, i -> "{ start: " + (1000 + 2 * i) + " }"))));
    makers.put(
        "`restricted` and `protected`, ranges",
        (test, n) ->
            GOOD
                + "restricted: ["
                + ranges(0, n - 10)
                + "]\n"
                + "protected: ["
                + virtual(n - 10, n, 1)
                + "]\n");
    makers.put(
        "`protected`, ranges", (test, n) -> GOOD + "protected: [" + virtual(0, n, 1) + "]\n");
    makers.put(
        "`protected`, pages",
        (test, n) ->
            GOOD + "protected: [" + virtual(0, 1, n - 1) + ", " + virtual(1000, 1001, 1) + "]\n");
    makers.put("`hidden`, ranges", (test, n) -> GOOD + "hidden: [" + ranges(0, n) + "]\n");
    makers.put(
        "`hidden`, different 2 MiB with detection `fault`",
        (test, n) ->
            GOOD
                + "detection: fault\nhidden: [ { start: 0x1000000, length: "
                + 2 * n
                + "MiB } ]\n");
    makers.put(
        "`contents`",
        (test, n) ->
            GOOD + list("contents", n, i -> "{ start: " + (0x1000000 + i) + ", hex: \"00\" }"));
    makers.put(
        "`codebases`",
        (test, n) -> GOOD + list("codebases", n, i -> codebase(i, ranges(i, i + 1))));
    makers.put(
        "`decides`, ranges of all codebases",
        (test, n) ->
            GOOD
                + list(
                    "codebases",
                    2,
                    i -> codebase(i, i == 0 ? ranges(0, n / 2) : ranges(n / 2, n))));
    makers.put(
        "`verdicts`",
        (test, n) -> GOOD + "verdicts: {" + join(n, i -> (0x80002000L + i) + ": v" + i) + "}\n");
    makers.put(
        "`watch`", (test, n) -> GOOD + list("watch", n, i -> "{ start: " + i + ", length: 4096 }"));
    makers.put(
        "`watch`, bytes of one",
        (test, n) -> GOOD + "watch: [ { start: 0, length: " + n + " } ]\n");
    makers.put(
        "`expect`, `operations`",
        (test, n) -> expect("operations", n, "{ driver: a, gpa: 0, verdict: allowed }"));
    makers.put("`expect`, `memory`", (test, n) -> expect("memory", n, "{ gpa: 0, hex: \"00\" }"));
    makers.put("`expect`, `owners`", (test, n) -> expect("owners", n, "{ gpa: 0, driver: a }"));
    makers.put("`expect`, `steps`", (test, n) -> expect("steps", n, "ATTEMPT"));
    makers.put(
        "characters of a name",
        (test, n) -> VALIDATOR + "drivers: [ { name: " + "n".repeat(n) + ", payload: store } ]\n");
    makers.put(
        "bytes of a payload's file",
        (test, n) -> test.payloads(Arrays.copyOf(new Elf().bytes(), n)));
    makers.put("bytes of a payload in memory", (test, n) -> test.payloads(elf(n)));
    makers.put(
        "program headers of a payload",
        (test, n) -> test.payloads(new Elf().putShort(Elf.HEADER_COUNT, n).bytes()));
    makers.put(
        "bytes of all payloads in memory",
        (test, n) -> {
          long others = size(BuiltInPayload.KERNEL) + size(BuiltInPayload.VALIDATOR);
          return test.payloads(elf(3 << 20), elf(3 << 20), elf(n - others - (6 << 20)));
        });
    return makers;
  }

  private static String tiny(int number) {
    return "{ name: d" + number + ", payload: store }";
  }

  private static String driver(String more) {
    return VALIDATOR + "drivers: [ { name: a, payload: store, " + more + " } ]\n";
  }

  private static String join(int count, IntFunction<String> item) {
    return IntStream.range(0, count).mapToObj(item).collect(joining(", "));
  }

  private static String list(String key, int count, IntFunction<String> item) {
    return key
        + ":\n"
        + IntStream.range(0, count).mapToObj(i -> "  - " + item.apply(i) + "\n").collect(joining());
  }

  /** A page of 4 KiB each, with one in between. */
  private static String ranges(int from, int to) {
    return join(
        to - from, i -> "{ start: " + (0x1000000 + (from + i) * 0x2000) + ", length: 4KiB }");
  }

  private static String virtual(int from, int to, int pages) {
    return join(
        to - from,
        i ->
            "{ virtual: "
                + (0x40000000 + (from + i) * 0x2000)
                + ", length: "
                + pages * 4
                + "KiB }");
  }

  private static String codebase(int number, String decides) {
    return "{ name: c" + number + ", payload: deny, decides: [" + decides + "] }";
  }

  private static String expect(String key, int count, String item) {
    return GOOD + "expect: { " + key + ": [" + join(count, i -> item) + "] }\n";
  }

  private static byte[] elf(long size) {
    return new Elf().putLong(Elf.LOAD + Elf.MEMORY_SIZE, size).bytes();
  }

  private static long size(BuiltInPayload payload) throws MalformedException {
    return PayloadImage.parse(payload.bytes()).size();
  }

  private String payloads(byte[]... files) throws IOException {
    for (int i = 0; i < files.length; i++) {
      Files.write(folder.resolve(i + ".elf"), files[i]);
    }
    return VALIDATOR
        + list("drivers", files.length, i -> "{ name: d" + i + ", payload: ./" + i + ".elf }");
  }

  static Map<String, Integer> documented() throws IOException {
    Map<String, Integer> limits = new LinkedHashMap<>();
    Matcher row = ROW.matcher(Files.readString(SourceTree.root().resolve("docs/limits.md")));
    while (row.find()) {
      limits.put(row.group(1), Integer.parseInt(row.group(2)));
    }
    return limits;
  }

  static Iterable<String> rows() {
    return MAKERS.keySet();
  }

  /** Empty if the file is a scenario. */
  private String complaint(String text) throws IOException {
    Path file = folder.resolve("limit.yaml");
    Files.write(file, text.getBytes(UTF_8));
    try {
      ScenarioReader.read(file);
      return "";
    } catch (ScenarioException e) {
      return String.valueOf(e.getMessage()).replace(file + ":", "");
    }
  }

  @Test
  void everyLimitInTheTable_isTested_andTheOtherWayRound() throws IOException {
    assertEquals(MAKERS.keySet(), documented().keySet());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void limit_holds_andOneMoreIsOneLine(String row) throws Exception {
    Maker maker = Objects.requireNonNull(MAKERS.get(row));
    int limit = Objects.requireNonNull(documented().get(row));

    String within = complaint(maker.make(this, limit));
    String beyond = complaint(maker.make(this, limit + 1));

    assertTrue(beyond.matches("[0-9]+: .*allowed .*|.*cannot be read .*allowed .*"), beyond);
    assertFalse(within.equals(beyond), beyond);
    // What makes a file so deep, or so full, is not itself a scenario: another complaint, then.
    boolean only = row.contains("inside each other") || row.startsWith("keys");
    assertTrue(within.isEmpty() || (only && !within.contains("more than")), within);
  }
}
