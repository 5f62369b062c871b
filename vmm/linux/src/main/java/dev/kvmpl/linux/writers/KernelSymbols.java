// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.writers;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * A kernel's own symbols by their addresses, from the text of {@code /proc/kallsyms} or of a {@code
 * System.map}: a line each, with address, type and name. Those of modules are left out.
 */
public final class KernelSymbols {
  /** Where a kernel's image is mapped (Linux, Documentation/arch/x86/x86_64/mm.rst). */
  private static final long IMAGE = 0xffffffff80000000L;

  /** Where modules are: one past the image. */
  private static final long MODULES = 0xffffffffa0000000L;

  private static final int RADIX = 16;

  private final byte[] text;

  /** By address: that above the image's start, and below it where the line begins. */
  private final long[] symbols;

  private KernelSymbols(byte[] text, long[] symbols) {
    this.text = text;
    this.symbols = symbols;
  }

  /** Of a kernel of which nothing is known. */
  public static KernelSymbols none() {
    return new KernelSymbols(new byte[0], new long[0]);
  }

  /**
   * Takes a text over; lines that are none of a symbol of the image are passed over. Beside the
   * text it takes 8 bytes a symbol, and as many again for a while: whoever has written it may want
   * to use up all memory.
   */
  public static KernelSymbols of(byte[] text) {
    int count = 0;
    for (int line = 0; line < text.length; line = next(text, line)) {
      count += address(text, line) != 0 ? 1 : 0;
    }
    long[] symbols = new long[count];
    int known = 0;
    for (int line = 0; known < count; line = next(text, line)) {
      long address = address(text, line);
      if (address != 0) {
        symbols[known++] = (address - IMAGE) << Integer.SIZE | line;
      }
    }
    Arrays.sort(symbols);
    return new KernelSymbols(text, symbols);
  }

  private long addressOf(int symbol) {
    return (symbols[symbol] >>> Integer.SIZE) + IMAGE;
  }

  private int nameOf(int symbol) {
    return nameAt((int) symbols[symbol]);
  }

  private static int next(byte[] text, int from) {
    int at = from;
    while (at < text.length && text[at] != '\n') {
      at++;
    }
    return at + 1;
  }

  /** The address at a line's start, 0 if it is none of the image's. */
  private static long address(byte[] text, int line) {
    long address = 0;
    int at = line;
    for (; at < text.length && at < line + RADIX; at++) {
      int digit = Character.digit(text[at], RADIX);
      if (digit < 0) {
        return 0;
      }
      address = address << 4 | digit;
    }
    boolean complete = at + 2 < text.length && text[at] == ' ' && text[at + 2] == ' ';
    return complete && address - IMAGE >= 0 && address < MODULES ? address : 0;
  }

  private static int nameAt(int line) {
    return line + RADIX + 3;
  }

  /** How many there are. */
  public int count() {
    return symbols.length;
  }

  /** The address of a symbol, empty if there is none of that name. */
  public OptionalLong address(String name) {
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < symbols.length; i++) {
      int end = nameOf(i) + wanted.length;
      if (end <= text.length
          && Arrays.equals(text, nameOf(i), end, wanted, 0, wanted.length)
          && (end == text.length || text[end] == '\n')) {
        return OptionalLong.of(addressOf(i));
      }
    }
    return OptionalLong.empty();
  }

  /**
   * Where in each processor's own memory one of its variables is; empty if there is none of that
   * name.
   */
  public OptionalLong perCpu(String name) {
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    for (int line = 0; line < text.length; line = next(text, line)) {
      int start = nameAt(line);
      int end = start + wanted.length;
      if (end < text.length
          && text[end] == '\n'
          && isNumber(text, line)
          && Arrays.equals(text, start, end, wanted, 0, wanted.length)) {
        return OptionalLong.of(number(text, line));
      }
    }
    return OptionalLong.empty();
  }

  /** Whether a number is at a line's start: whoever has written the text may want anything. */
  private static boolean isNumber(byte[] text, int line) {
    for (int at = line; at < line + RADIX; at++) {
      if (Character.digit(text[at], RADIX) < 0) {
        return false;
      }
    }
    return true;
  }

  private static long number(byte[] text, int line) {
    return Long.parseUnsignedLong(new String(text, line, RADIX, StandardCharsets.US_ASCII), RADIX);
  }

  /** The name of the last symbol at or before an address of the image; empty if there is none. */
  public String name(long address) {
    int at = at(address);
    return at < 0 ? "" : name(at);
  }

  /** The address as symbol and offset, or as a number if it is none of the image's. */
  public String describe(long address) {
    int at = at(address);
    return at < 0
        ? String.format(Locale.ROOT, "%#x", address)
        : String.format(Locale.ROOT, "%s+%#x", name(at), address - addressOf(at));
  }

  private int at(long address) {
    if (address - IMAGE < 0 || address >= MODULES) {
      return -1;
    }
    int next = firstFrom(address + 1);
    return next == 0 ? -1 : bestOf(firstFrom(addressOf(next - 1)), next);
  }

  /** Of several names of one address the first that is not for the kernel's own use, if one is. */
  private int bestOf(int first, int end) {
    for (int i = first; i < end; i++) {
      if (nameOf(i) < text.length && text[nameOf(i)] != '_') {
        return i;
      }
    }
    return first;
  }

  /** The first symbol at or above an address of the image; how many there are, if there is none. */
  private int firstFrom(long address) {
    int found = Arrays.binarySearch(symbols, (address - IMAGE) << Integer.SIZE);
    return found >= 0 ? found : -found - 1;
  }

  private String name(int index) {
    int end = nameOf(index);
    while (end < text.length && text[end] != '\n' && text[end] != '\t') {
      end++;
    }
    return new String(text, nameOf(index), end - nameOf(index), StandardCharsets.UTF_8);
  }
}
