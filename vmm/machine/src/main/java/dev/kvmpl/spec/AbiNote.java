// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.elf.Elf64_Nhdr;
import dev.kvmpl.spec.PayloadImage.MalformedException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** The note in a payload's ELF file that says for which version of abi.h it was built. */
final class AbiNote {
  /** With its zero, in whole words. */
  private static final byte[] NAME = "kvmpl\0\0\0".getBytes(StandardCharsets.US_ASCII);

  private static final int TYPE_OFFSET = (int) Elf64_Nhdr.n_type$offset();
  private static final int NAME_OFFSET = (int) Elf64_Nhdr.sizeof();

  private AbiNote() {}

  /**
   * Whether a file was built for this kvmpl.
   *
   * @param at where its first note is, negative if it has none
   * @throws MalformedException if it was not
   * @throws IndexOutOfBoundsException if the note is not in the file
   */
  static void check(ByteBuffer elf, int at) throws MalformedException {
    byte[] name = new byte[NAME.length];
    if (at >= 0) {
      elf.get(at + NAME_OFFSET, name);
    }
    if (!Arrays.equals(name, NAME) || elf.getInt(at + TYPE_OFFSET) != Abi.KVMPL_NOTE_ABI()) {
      throw new MalformedException(
          "no kvmpl payload: it does not say for which version it was built, build it with"
              + " kvmpl's SDK");
    }
    int version = elf.getInt(at + NAME_OFFSET + NAME.length);
    if (version != Abi.KVMPL_ABI_VERSION()) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "built for version %d of the payloads' interface, allowed is %d: build it again",
              version,
              Abi.KVMPL_ABI_VERSION()));
    }
  }
}
