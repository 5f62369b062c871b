// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import dev.kvmpl.bindings.abi.Abi;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A small ELF file, right in every respect until a test changes it: one segment of two pages with
 * code at {@link #ENTRY}, a dynamic section and one relative relocation.
 */
public final class Elf {
  static final int ENTRY = 0x200;

  /** The relocation's place in the file. */
  static final int RELOCATION = 0x300;

  /** The word that is relocated. */
  static final int RELOCATED = 0x400;

  static final long ADDEND = 0x410;

  // Offsets in the file header.
  static final int CLASS = 4;
  static final int DATA = 5;
  static final int TYPE = 16;
  static final int MACHINE = 18;
  static final int ENTRY_FIELD = 24;
  static final int HEADERS_FIELD = 32;
  public static final int HEADER_COUNT = 56;

  // Offsets of the two program headers, and in one.
  public static final int LOAD = 64;
  static final int DYNAMIC = 64 + 56;
  static final int NOTE = 64 + 2 * 56;
  static final int OFFSET = 8;
  static final int ADDRESS = 16;
  static final int FILE_SIZE = 32;
  public static final int MEMORY_SIZE = 40;

  static final int DYNAMIC_SECTION = 0x280;
  static final int NOTE_SECTION = 0x2c0;

  /** The version for which it says that it was built. */
  static final int VERSION = NOTE_SECTION + 20;

  private static final int BYTES = 0x1000;

  private final ByteBuffer file = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** One that is right. */
  public Elf() {
    file.put(0, new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    putShort(TYPE, 3);
    putShort(MACHINE, 62);
    putLong(ENTRY_FIELD, ENTRY);
    putLong(HEADERS_FIELD, LOAD);
    putShort(HEADER_COUNT, 3);
    header(LOAD, 1, 0, BYTES, 2L * BYTES);
    header(DYNAMIC, 2, DYNAMIC_SECTION, 0x30, 0x30);
    header(NOTE, 4, NOTE_SECTION, 0x18, 0x18);
    putInt(NOTE_SECTION, 6);
    putInt(NOTE_SECTION + 4, 4);
    putInt(NOTE_SECTION + 8, 1);
    file.put(NOTE_SECTION + 12, new byte[] {'k', 'v', 'm', 'p', 'l'});
    putInt(VERSION, Abi.KVMPL_ABI_VERSION());
    dynamic(0, 7, RELOCATION); // DT_RELA
    dynamic(1, 8, 24); // DT_RELASZ
    putLong(RELOCATION, RELOCATED);
    putLong(RELOCATION + 8, 8); // R_X86_64_RELATIVE
    putLong(RELOCATION + 16, ADDEND);
  }

  private void header(int at, int type, long offset, long fileSize, long memorySize) {
    file.putInt(at, type);
    putLong(at + OFFSET, offset);
    putLong(at + ADDRESS, offset);
    putLong(at + FILE_SIZE, fileSize);
    putLong(at + MEMORY_SIZE, memorySize);
  }

  private void dynamic(int index, long tag, long value) {
    putLong(DYNAMIC_SECTION + index * 16, tag);
    putLong(DYNAMIC_SECTION + index * 16 + 8, value);
  }

  public Elf putByte(int at, int value) {
    file.put(at, (byte) value);
    return this;
  }

  public Elf putShort(int at, int value) {
    file.putShort(at, (short) value);
    return this;
  }

  public Elf putInt(int at, int value) {
    file.putInt(at, value);
    return this;
  }

  public Elf putLong(int at, long value) {
    file.putLong(at, value);
    return this;
  }

  public byte[] bytes() {
    return file.array().clone();
  }
}
