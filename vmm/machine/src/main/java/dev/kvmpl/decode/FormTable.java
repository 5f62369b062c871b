// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.decode;

import static dev.kvmpl.decode.OperandForm.ANY;

import dev.kvmpl.decode.OperandForm.Effect;
import dev.kvmpl.decode.OperandForm.Immediate;
import dev.kvmpl.decode.OperandForm.Place;
import dev.kvmpl.decode.OperandForm.Source;
import dev.kvmpl.decode.OperandForm.Width;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Forms of instructions with a memory operand, by their opcodes.
 *
 * <p>A row is {@code encoding name, encoding name ... : width what-else}. An encoding is {@code
 * [vex. or evex.][np. 66. f3. or f2.][w0. or w1.][l0. l1. or l2.]opcode[/ModRM.reg]}, its opcode's
 * map written as {@code 0f}, {@code 0f38}, {@code 0f3a} or {@code m5}, and {@code 50-57} are eight.
 * The width is a number of bytes or one of {@link Width}'s; then come, in any order and where they
 * are not the first of their kind, a {@link Place}, an {@link Effect}, a {@link Source}, an {@link
 * Immediate}, {@code lock} and {@code vvvv}.
 */
final class FormTable {
  static final int MAP_ONE_BYTE = 0;
  static final int MAP_0F = 1;
  static final int MAP_0F38 = 2;
  static final int MAP_0F3A = 3;

  /** Which numbers the maps of VEX and EVEX start from. */
  static final int VEX = 8;

  static final int EVEX = 16;

  private static final int OPCODES = 256;
  private static final List<String> SPACES = List.of("", "vex", "evex");
  private static final List<String> MAPS = List.of("", "0f", "0f38", "0f3a", "m4", "m5");
  private static final List<String> PREFIXES = List.of("np", "66", "f3", "f2");
  private static final Pattern ENCODING =
      Pattern.compile(
          "((?<space>e?vex)\\.)?((?<prefix>np|66|f3|f2)\\.)?(w(?<w>[01])\\.)?(l(?<l>[0-2])\\.)?"
              + "(?<map>0f38|0f3a|0f|m5|)(?<first>[0-9a-f]{2})(-(?<last>[0-9a-f]{2}))?"
              + "(/(?<group>[0-7]))? (?<name>\\S+)");

  private final @Nullable OperandForm[] first =
      new @Nullable OperandForm[SPACES.size() * VEX * OPCODES];
  private int forms;

  FormTable(String rows) {
    for (String row : words("\n", rows)) {
      if (!row.isBlank()) {
        add(row);
      }
    }
  }

  /** The first form of an opcode, null if there is none. */
  @Nullable OperandForm of(int map, int opcode) {
    return first[map * OPCODES + opcode];
  }

  private void add(String row) {
    int colon = row.indexOf(" : ");
    List<String> attributes = words(" ", row.substring(colon + 3));
    for (String one : words(", ", row.substring(0, colon))) {
      Matcher encoding = ENCODING.matcher(one);
      if (!encoding.matches()) {
        throw new IllegalStateException("no form: " + one);
      }
      add(encoding, attributes);
    }
  }

  private static List<String> words(String separator, String text) {
    return Pattern.compile(separator).splitAsStream(text).toList();
  }

  private void add(Matcher encoding, List<String> attributes) {
    String width = attributes.getFirst();
    boolean fixed = Character.isDigit(width.charAt(0));
    OperandForm form =
        new OperandForm(
            forms++,
            encoding.group("name"),
            index(PREFIXES, encoding.group("prefix")),
            number(encoding.group("w")),
            number(encoding.group("l")),
            number(encoding.group("group")),
            fixed ? Width.FIXED : Width.valueOf(width.toUpperCase(Locale.ROOT)),
            fixed ? Integer.parseInt(width) : 0,
            among(Place.values(), attributes),
            among(Effect.values(), attributes),
            among(Source.values(), attributes),
            among(Immediate.values(), attributes),
            attributes.contains("lock"),
            attributes.contains("vvvv"),
            null);
    int space = Math.max(0, index(SPACES, encoding.group("space")));
    int map = space * VEX + MAPS.indexOf(encoding.group("map"));
    int low = Integer.parseInt(encoding.group("first"), 16);
    int high = encoding.group("last") == null ? low : Integer.parseInt(encoding.group("last"), 16);
    for (int at = map * OPCODES + low; at <= map * OPCODES + high; at++) {
      first[at] = form.before(first[at]);
    }
  }

  private static int index(List<String> all, @Nullable String one) {
    return one == null ? ANY : all.indexOf(one);
  }

  private static int number(@Nullable String digit) {
    return digit == null ? ANY : Integer.parseInt(digit);
  }

  /** The one that an attribute after the width names, else the first. */
  private static <E extends Enum<E>> E among(E[] all, List<String> attributes) {
    List<String> named = attributes.subList(1, attributes.size());
    return Arrays.stream(all)
        .filter(each -> named.contains(each.name().toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElse(all[0]);
  }
}
