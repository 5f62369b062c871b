// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Makes files that are nearly scenarios out of scenarios. */
final class ScenarioMutator {
  private static final int MUTATIONS_MAX = 4;
  private static final Pattern NUMBER =
      Pattern.compile("\\b(0x)?[0-9][0-9a-f]*(KiB|MiB|GiB|ms|s)?");
  private static final Pattern WORD = Pattern.compile("[A-Za-z][A-Za-z0-9-]*");

  /** What stands where a number or another value should. */
  private static final List<String> VALUES =
      List.of(
          "0",
          "1",
          "-1",
          "3",
          "255",
          "4095",
          "4096",
          "65536",
          "0x1000000",
          "0x2000000",
          "2147483647",
          "2147483648",
          "4294967295",
          "4294967296",
          "0x100000008",
          "9223372036854775807",
          "9223372036854775808",
          "0xffffffffffffffff",
          "18446744073709551615",
          "18446744073709551616",
          "9".repeat(400),
          "1e9",
          "0x",
          "0xg",
          "+5",
          "1_000",
          "010",
          "0b1",
          "\u0664\u0662",
          "\uff11\uff12",
          ".inf",
          ".nan",
          "~",
          "null",
          "true",
          "yes",
          "\"\"",
          "''",
          "[]",
          "{}",
          "[[]]",
          "{a: 1}",
          "1KiB",
          "8589934592GiB",
          "-1MiB",
          "3GiB",
          "4GiB",
          "0ms",
          "1ms",
          "3600s",
          "3601s",
          "99999999999999999999s",
          "2024-01-01",
          "\"\\0\"",
          "\"\\x07\\x1b[31m\"",
          "\"\\uD800\"",
          "\"\\U0010FFFF\"",
          "\"\\UFFFFFFFF\"",
          "\"\\u2028\\u0085\\u202e\"",
          "\"\\q\"",
          "\"unended",
          "'unended",
          "*a",
          "&a 1",
          "&a *a",
          "*nobody",
          "!!str 1",
          "!!int x",
          "!!binary aGk=",
          "!own 1",
          "!<tag:x,1:y> 1",
          "!<%zz> 1",
          "!!python/object:os.system 1",
          "\ud83d\ude00",
          "\u05d0\u202e\u05d1",
          "e\u0301",
          "@a",
          "`a",
          "%a",
          "/dev/zero",
          "/proc/self/mem",
          "./",
          "../",
          "a/\u0000b",
          "./\ud83d\ude00.elf",
          "/" + "a".repeat(300) + ".elf",
          "a/".repeat(3000) + "b.elf",
          "x".repeat(100_000));

  /** What stands between lines. */
  private static final List<String> LINES =
      List.of(
          "---",
          "...",
          "%YAML 1.1",
          "%YAML 9.9",
          "%TAG ! tag:x,1:",
          "%",
          "# comment",
          "\t",
          "\ta: 1",
          "<<: *a",
          "<<: { validator: { payload: validator } }",
          "<<: [ *a, *b ]",
          "? a",
          "? [a, b]\n: 1",
          "? {a: b}",
          ": 1",
          "- 1",
          "- - - - 1",
          "a: b: c",
          "validator:",
          "drivers:",
          "expect:",
          "watch: [ { start: 0, length: 1 } ]",
          "memory: &a 32MiB",
          "levels: *a",
          "timeLimit: |\n  10s",
          "timeLimit: >-\n  10s\n\n",
          "timeLimit: |9\n  10s",
          "&a a: *a",
          "!!map {}",
          "\ufeff",
          "{",
          "}",
          "[",
          "]",
          "{ a: [ { b: [ ] } ] }",
          "x: " + "[".repeat(50),
          "x: " + "{a: ".repeat(50),
          "x: " + "- ".repeat(50) + "1",
          "y: [" + "0, ".repeat(3000) + "]",
          "\u2028",
          "\u0085",
          "a\u0000b");

  private final List<String> corpus;
  private final List<String> words;

  /**
   * @param corpus scenarios
   */
  ScenarioMutator(List<String> corpus) {
    this.corpus = List.copyOf(corpus);
    this.words =
        corpus.stream()
            .flatMap(text -> WORD.matcher(text).results().map(MatchResult::group))
            .distinct()
            .toList();
  }

  /** A file's bytes. */
  byte[] next(SplittableRandom random) {
    String text = pick(corpus, random);
    int mutations = 1 + random.nextInt(MUTATIONS_MAX);
    for (int i = 0; i < mutations; i++) {
      text = mutated(text, random);
    }
    byte[] bytes = text.getBytes(UTF_8);
    return random.nextInt(4) == 0 ? damaged(bytes, random) : bytes;
  }

  private String mutated(String text, SplittableRandom random) {
    return switch (random.nextInt(12)) {
      case 0, 1, 2 -> replaceOne(NUMBER, text, pick(VALUES, random), random);
      case 3 -> replaceOne(WORD, text, pick(VALUES, random), random);
      case 4, 5 -> replaceOne(WORD, text, pick(words, random), random);
      case 6 -> lines(text, random, pick(LINES, random));
      case 7 -> lines(text, random, pick(text.lines().toList(), random));
      case 8 -> withoutLine(text, random);
      case 9 -> cut(text, random);
      case 10 -> wholeFile(text, random);
      default -> text.substring(0, random.nextInt(text.length() + 1)) + pick(corpus, random);
    };
  }

  private static <T> T pick(List<T> list, SplittableRandom random) {
    return list.get(random.nextInt(list.size()));
  }

  private static String replaceOne(
      Pattern pattern, String text, String by, SplittableRandom random) {
    List<MatchResult> found = pattern.matcher(text).results().toList();
    if (found.isEmpty()) {
      return text + by;
    }
    MatchResult one = pick(found, random);
    return text.substring(0, one.start()) + by + text.substring(one.end());
  }

  /** Another line somewhere, as far in as one of those that are there. */
  private static String lines(String text, SplittableRandom random, String line) {
    List<String> lines = new ArrayList<>(text.lines().toList());
    String neighbour = pick(lines, random);
    int indent = neighbour.length() - neighbour.stripLeading().length();
    lines.add(random.nextInt(lines.size() + 1), " ".repeat(indent) + line);
    return String.join("\n", lines) + "\n";
  }

  private static String withoutLine(String text, SplittableRandom random) {
    List<String> lines = new ArrayList<>(text.lines().toList());
    if (lines.size() > 1) {
      lines.remove(random.nextInt(lines.size()));
    }
    return String.join("\n", lines) + "\n";
  }

  /** A piece is missing, or there twice. */
  private static String cut(String text, SplittableRandom random) {
    int from = random.nextInt(text.length() + 1);
    int to = Math.min(text.length(), from + random.nextInt(40));
    return random.nextInt(2) == 0
        ? text.substring(0, from) + text.substring(to)
        : text.substring(0, to) + text.substring(from);
  }

  private static String wholeFile(String text, SplittableRandom random) {
    return switch (random.nextInt(6)) {
          case 0 -> "\ufeff" + text;
          case 1 -> text.replace("\n", "\r\n");
          case 2 -> text.replace('\n', '\r');
          case 3 -> text.replace("  ", "\t");
          case 4 -> text + "---\n" + text;
          default -> "# " + text;
        }
        + (random.nextInt(8) == 0 ? "\n".repeat(2000) : "");
  }

  private static byte[] damaged(byte[] bytes, SplittableRandom random) {
    if (bytes.length == 0) {
      return bytes;
    }
    byte[] damaged =
        Arrays.copyOf(bytes, random.nextInt(8) == 0 ? random.nextInt(bytes.length) : bytes.length);
    for (int i = random.nextInt(4); i > 0 && damaged.length > 0; i--) {
      int at = random.nextInt(damaged.length);
      damaged[at] =
          (byte)
              (random.nextInt(2) == 0 ? damaged[at] ^ 1 << random.nextInt(8) : random.nextInt(256));
    }
    return damaged;
  }
}
