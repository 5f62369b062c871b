// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.decode;

import static dev.kvmpl.decode.OperandForm.ANY;

import dev.kvmpl.decode.OperandForm.Effect;
import dev.kvmpl.decode.OperandForm.Immediate;
import dev.kvmpl.decode.OperandForm.Operand;
import dev.kvmpl.decode.OperandForm.Place;
import dev.kvmpl.decode.OperandForm.Source;
import dev.kvmpl.decode.OperandForm.Width;
import java.util.List;
import java.util.Locale;
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
  private static final List<String> WS = List.of("w0", "w1");
  private static final List<String> LENGTHS = List.of("l0", "l1", "l2");

  private final @Nullable OperandForm[] first =
      new @Nullable OperandForm[SPACES.size() * VEX * OPCODES];
  private int forms;

  FormTable(String rows) {
    for (String row : rows.split("\n", -1)) {
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
    Operand operand = operand(List.of(row.substring(colon + 3).split(" ", -1)));
    for (String one : row.substring(0, colon).split(",", -1)) {
      add(one.strip(), operand);
    }
  }

  private void add(String one, Operand operand) {
    int blank = one.indexOf(' ');
    if (blank < 0) {
      throw new IllegalStateException("no form: " + one);
    }
    String[] parts = one.substring(0, blank).split("\\.", -1);
    int space = 0;
    int prefix = ANY;
    int w = ANY;
    int l = ANY;
    for (String part : List.of(parts).subList(0, parts.length - 1)) {
      switch (part.charAt(0)) {
        case 'w' -> w = index(WS, part, one);
        case 'l' -> l = index(LENGTHS, part, one);
        case 'v', 'e' -> space = index(SPACES, part, one);
        default -> prefix = index(PREFIXES, part, one);
      }
    }
    String[] opcodes = parts[parts.length - 1].split("/", -1);
    int group = opcodes.length == 1 ? ANY : number(opcodes[1], 8, one);
    int dash = opcodes[0].indexOf('-');
    int end = dash < 0 ? opcodes[0].length() : dash;
    int map = space * VEX + index(MAPS, opcodes[0].substring(0, end - 2), one);
    int low = number(opcodes[0].substring(end - 2, end), 16, one);
    int high = dash < 0 ? low : number(opcodes[0].substring(dash + 1), 16, one);
    OperandForm form =
        new OperandForm(forms++, one.substring(blank + 1), prefix, w, l, group, operand, null);
    for (int at = map * OPCODES + low; at <= map * OPCODES + high; at++) {
      first[at] = form.before(first[at]);
    }
  }

  private static int index(List<String> all, String name, String one) {
    int index = all.indexOf(name);
    if (index < 0) {
      throw new IllegalStateException("no form: " + one);
    }
    return index;
  }

  private static int number(String digits, int radix, String one) {
    try {
      return Integer.parseInt(digits, radix);
    } catch (NumberFormatException e) {
      throw new IllegalStateException("no form: " + one, e);
    }
  }

  private static Operand operand(List<String> attributes) {
    String width = attributes.getFirst();
    boolean fixed = Character.isDigit(width.charAt(0));
    return new Operand(
        fixed ? Width.FIXED : Width.valueOf(width.toUpperCase(Locale.ROOT)),
        fixed ? Integer.parseInt(width) : 0,
        among(Place.values(), attributes),
        among(Effect.values(), attributes),
        among(Source.values(), attributes),
        among(Immediate.values(), attributes),
        attributes.contains("lock"),
        attributes.contains("vvvv"));
  }

  /** The one that an attribute after the width names, else the first. */
  private static <E extends Enum<E>> E among(E[] all, List<String> attributes) {
    for (E each : all) {
      if (attributes.lastIndexOf(each.name().toLowerCase(Locale.ROOT)) > 0) {
        return each;
      }
    }
    return all[0];
  }
}
