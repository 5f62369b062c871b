// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.gdb;

import dev.kvmpl.kvm.state.Registers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** A vCPU's registers as the 'g' packet has them: what is not known is {@code x}. */
final class RegisterFile {
  /** The CPU's numbers of GDB's first 16 registers: rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, ... */
  private static final int[] NUMBERS = {0, 3, 1, 2, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15};

  private static final int RIP = 16;
  private static final int EFLAGS = 17;

  /** Six segments, eight registers of 80 bits, eight of 32: not told. */
  private static final int UNKNOWN_BYTES = 6 * 4 + 8 * 10 + 8 * 4;

  private RegisterFile() {}

  static String all(Registers registers) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i <= EFLAGS; i++) {
      text.append(one(registers, i));
    }
    return text.append("xx".repeat(UNKNOWN_BYTES)).toString();
  }

  /** The register that GDB numbers so; empty if there is none that is known. */
  static String one(Registers registers, int number) {
    if (number < NUMBERS.length) {
      return hex(registers.byNumber(NUMBERS[number]), Long.BYTES);
    }
    return switch (number) {
      case RIP -> hex(registers.rip(), Long.BYTES);
      case EFLAGS -> hex(registers.rflags(), Integer.BYTES);
      default -> "";
    };
  }

  /** Changes one; false if it cannot be changed. */
  static boolean change(Registers registers, int number, String text) {
    byte[] bytes = HexFormat.of().parseHex(text);
    long value =
        ByteBuffer.wrap(java.util.Arrays.copyOf(bytes, Long.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN)
            .getLong();
    if (number < NUMBERS.length) {
      registers.byNumber(NUMBERS[number], value);
      return true;
    }
    switch (number) {
      case RIP -> registers.rip(value);
      case EFLAGS -> registers.rflags(value & 0xffffffffL);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static String hex(long value, int bytes) {
    byte[] all =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    return HexFormat.of().formatHex(all, 0, bytes);
  }
}
