// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.decode;

import dev.kvmpl.decode.CpuState;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Evaluates an operand's address as {@code objdump} writes it in Intel's syntax. */
final class OperandText {
  private static final List<String> REGISTERS =
      List.of(
          "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
          "r13", "r14", "r15");
  private static final Pattern OPERAND =
      Pattern.compile("(?:([a-z]s):)?(?:\\[([^]]+)]|0x(\\p{XDigit}+))");
  private static final Pattern TERM =
      Pattern.compile(
          "([+-]?)(?:0x(\\p{XDigit}+)|([a-z][a-z0-9]+?)(d?)(?:\\*([1248]))?)(?=[+-]|$)");

  private OperandText() {}

  /**
   * The address of the first memory operand in {@code text}.
   *
   * @param end where the instruction ends
   */
  static long address(String text, CpuState state, long end) {
    Matcher operand = OPERAND.matcher(text);
    if (!operand.find()) {
      throw new IllegalArgumentException(text);
    }
    long segment =
        "fs".equals(operand.group(1))
            ? state.fsBase()
            : "gs".equals(operand.group(1)) ? state.gsBase() : 0;
    if (operand.group(3) != null) {
      return segment + Long.parseUnsignedLong(operand.group(3), 16);
    }
    long address = 0;
    boolean half = false;
    Matcher term = TERM.matcher(operand.group(2));
    while (term.find()) {
      String name = term.group(3);
      long value;
      if (name == null) {
        value = Long.parseUnsignedLong(term.group(2), 16);
      } else {
        half |= name.startsWith("e") || !term.group(4).isEmpty();
        value = register(name, state, end) * scale(term.group(5));
      }
      address += "-".equals(term.group(1)) ? -value : value;
    }
    return segment + (half ? address & 0xffffffffL : address);
  }

  private static long scale(String digit) {
    return digit == null ? 1 : Long.parseLong(digit);
  }

  private static long register(String name, CpuState state, long end) {
    String wide = name.startsWith("e") ? "r" + name.substring(1) : name;
    if (wide.equals("rip")) {
      return end;
    } else if (wide.equals("riz")) {
      return 0;
    }
    int number = REGISTERS.indexOf(wide);
    if (number < 0) {
      throw new IllegalArgumentException("register " + name);
    }
    return state.general(number);
  }
}
