// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.elf;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.elf.Elf64_Nhdr;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;

/** The note in a payload's ELF file that says for which version of abi.h it was built. */
public final class AbiNote {
  /** With its zero, in whole words. */
  private static final byte[] NAME = "kvmpl\0\0\0".getBytes(StandardCharsets.US_ASCII);

  private static final int TYPE_OFFSET = (int) Elf64_Nhdr.n_type$offset();
  private static final int NAME_OFFSET = (int) Elf64_Nhdr.sizeof();

  private AbiNote() {}

  /**
   * The version that a file was built for; empty if it has no such note.
   *
   * @param at where its first note is, negative if it has none
   * @throws IndexOutOfBoundsException if the note is not in the file
   */
  public static OptionalInt version(ByteBuffer elf, int at) {
    byte[] name = new byte[NAME.length];
    if (at >= 0) {
      elf.get(at + NAME_OFFSET, name);
    }
    return Arrays.equals(name, NAME) && elf.getInt(at + TYPE_OFFSET) == Abi.KVMPL_NOTE_ABI()
        ? OptionalInt.of(elf.getInt(at + NAME_OFFSET + NAME.length))
        : OptionalInt.empty();
  }
}
