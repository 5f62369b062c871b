// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Machine code for the test driver {@code executes}: a function that does something with registers
 * of its own, the stack pointer too. It keeps that in R8, and RBP in R9.
 */
public final class GuestCode {
  /** Registers by their numbers. */
  public static final int RAX = 0;

  public static final int RCX = 1;
  public static final int RDX = 2;
  public static final int RBX = 3;
  public static final int RSP = 4;
  public static final int RBP = 5;
  public static final int RSI = 6;
  public static final int RDI = 7;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Code that has kept the stack pointer. */
  public GuestCode() {
    raw("49 89 e0"); // mov %rsp, %r8
    raw("49 89 e9"); // mov %rbp, %r9
  }

  /** Adds instructions by their bytes in hex. */
  public GuestCode raw(String hex) {
    bytes.writeBytes(HexFormat.of().parseHex(hex.replace(" ", "")));
    return this;
  }

  /** Gives a register a value: movabs. */
  public GuestCode set(int register, long value) {
    bytes.write(0x48);
    bytes.write(0xb8 + register);
    for (int i = 0; i < Long.BYTES; i++) {
      bytes.write((byte) (value >>> (i * Byte.SIZE)));
    }
    return this;
  }

  /** The driver's arguments: it opens pages by storing to these addresses first, 0 for none. */
  public Long[] opening(long one, long another) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(bytes.toByteArray());
    all.writeBytes(HexFormat.of().parseHex("fc4c89c44c89cdc3")); // cld, stack and RBP back, ret
    byte[] code = all.toByteArray();
    List<Long> arguments = new ArrayList<>(List.of(one, another));
    for (int i = 0; i < code.length; i += Long.BYTES) {
      long word = 0;
      for (int j = i; j < Math.min(i + Long.BYTES, code.length); j++) {
        word |= (code[j] & 0xffL) << ((j - i) * Byte.SIZE);
      }
      arguments.add(word);
    }
    return arguments.toArray(Long[]::new);
  }
}
