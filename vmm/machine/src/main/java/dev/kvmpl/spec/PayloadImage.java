// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.MemoryLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * A payload's ELF file, read and checked: a static, position-independent executable for x86-64.
 * Immutable. Numbers are from the ELF-64 object file format and the x86-64 psABI.
 */
public final class PayloadImage {
  private static final int HEADER_BYTES = 64;
  private static final int MAGIC = 0x464c457f; // 7f 'E' 'L' 'F'
  private static final int CLASS_64 = 2;
  private static final int DATA_LITTLE_ENDIAN = 1;
  private static final int TYPE_DYNAMIC = 3;
  private static final int MACHINE_X86_64 = 62;
  private static final int PROGRAM_HEADER_BYTES = 56;
  private static final int PT_LOAD = 1;
  private static final int PT_DYNAMIC = 2;
  private static final int PT_INTERP = 3;
  private static final int PT_NOTE = 4;
  private static final int PF_W = 2;
  private static final int DT_RELA = 7;
  private static final int DT_RELASZ = 8;
  private static final int RELA_BYTES = 24;
  private static final int R_X86_64_NONE = 0;
  private static final int R_X86_64_RELATIVE = 8;

  /** Bytes of a payload's file: more than any level's memory holds. */
  public static final int FILE_MAX = 8 << 20;

  /** Program headers: a payload has about ten. */
  private static final int SEGMENTS_MAX = 64;

  /** Bytes of a file that is kept, for its debug information: more than ours have. */
  public static final int KEPT_MAX = 256 << 10;

  private final byte[] file;
  private final byte[] image;
  private final long entry;
  private final boolean writable;
  private final Relocations relocations;

  private PayloadImage(
      byte[] file, byte[] image, long entry, boolean writable, Relocations relocations) {
    this.file = file;
    this.image = image;
    this.entry = entry;
    this.writable = writable;
    this.relocations = relocations;
  }

  /** Where the table of relocations is in the image, all of it; it may be empty. */
  private record Relocations(int start, int end) {
    static final Relocations NONE = new Relocations(0, 0);
  }

  /** The file is not a payload; the message says what it is or lacks, without its name. */
  public static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }
  }

  /**
   * Reads an ELF file.
   *
   * @throws MalformedException if it is not a payload
   */
  public static PayloadImage parse(byte[] file) throws MalformedException {
    ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (file.length < 4 || elf.getInt(0) != MAGIC) {
      throw new MalformedException("not an ELF file");
    }
    if (file.length < HEADER_BYTES) {
      throw new MalformedException("a truncated ELF file");
    }
    int machine = Short.toUnsignedInt(elf.getShort(18));
    if (elf.get(4) != CLASS_64 || elf.get(5) != DATA_LITTLE_ENDIAN || machine != MACHINE_X86_64) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "an ELF file for another machine (class %d, machine %d), allowed is x86-64",
              elf.get(4),
              machine));
    }
    if (elf.getShort(16) != TYPE_DYNAMIC) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "not position-independent (ELF type %d), link it with -static-pie",
              elf.getShort(16)));
    }
    int count = Short.toUnsignedInt(elf.getShort(56));
    if (count > SEGMENTS_MAX) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "an ELF file with %d program headers, allowed are %d",
              count,
              SEGMENTS_MAX));
    }
    try {
      return parse(file.length <= KEPT_MAX ? file.clone() : new byte[0], elf, count);
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      throw new MalformedException("a truncated ELF file");
    }
  }

  private static PayloadImage parse(byte[] file, ByteBuffer elf, int count)
      throws MalformedException {
    long entry = elf.getLong(24);
    int headers = Math.toIntExact(elf.getLong(32));
    long size = 0;
    int dynamic = -1;
    int note = -1;
    boolean writable = false;
    for (int i = 0; i < count; i++) {
      int header = headers + i * PROGRAM_HEADER_BYTES;
      switch (elf.getInt(header)) {
        case PT_LOAD -> {
          long start = elf.getLong(header + 16);
          long inFile = elf.getLong(header + 32);
          long inMemory = elf.getLong(header + 40);
          if (start < 0 || inFile < 0 || inFile > inMemory) {
            throw new MalformedException("a segment of impossible size");
          }
          size = Math.max(size, Math.addExact(start, inMemory));
          writable |= (elf.getInt(header + 4) & PF_W) != 0;
        }
        case PT_DYNAMIC -> {
          dynamic = Math.toIntExact(elf.getLong(header + 16));
          if (dynamic < 0) {
            throw new MalformedException("a dynamic section outside of the file");
          }
        }
        case PT_NOTE -> note = note < 0 ? Math.toIntExact(elf.getLong(header + 8)) : note;
        case PT_INTERP -> throw new MalformedException("not static, link it with -static-pie");
        default -> {}
      }
    }
    if (size <= 0 || size > MemoryLayout.PAYLOADS.imageMax()) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "%d bytes in memory, allowed are 1 to %d",
              size,
              MemoryLayout.PAYLOADS.imageMax()));
    }
    byte[] image = new byte[Math.toIntExact(size)];
    for (int i = 0; i < count; i++) {
      int header = headers + i * PROGRAM_HEADER_BYTES;
      if (elf.getInt(header) == PT_LOAD) {
        int length = Math.toIntExact(elf.getLong(header + 32));
        elf.get(
            Math.toIntExact(elf.getLong(header + 8)),
            image,
            Math.toIntExact(elf.getLong(header + 16)),
            length);
      }
    }
    if (entry < 0 || entry >= size) {
      throw new MalformedException("no entry point");
    }
    AbiNote.check(elf, note);
    return new PayloadImage(
        file, image, entry, writable, dynamic < 0 ? Relocations.NONE : relocations(image, dynamic));
  }

  private static Relocations relocations(byte[] image, int dynamic) throws MalformedException {
    ByteBuffer loaded = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    int table = 0;
    int bytes = 0;
    for (int at = dynamic; loaded.getLong(at) != 0; at += 16) {
      if (loaded.getLong(at) == DT_RELA) {
        table = Math.toIntExact(loaded.getLong(at + 8));
      } else if (loaded.getLong(at) == DT_RELASZ) {
        bytes = Math.toIntExact(loaded.getLong(at + 8));
      }
    }
    if (table < 0 || bytes < 0 || bytes % RELA_BYTES != 0 || bytes > image.length - table) {
      throw new MalformedException("a table of relocations outside of the payload");
    }
    int end = table + bytes;
    for (int at = table; at < end; at += RELA_BYTES) {
      int type = loaded.getInt(at + 8);
      if (type == R_X86_64_NONE) {
        continue;
      }
      int offset = Math.toIntExact(loaded.getLong(at));
      if (type != R_X86_64_RELATIVE) {
        throw new MalformedException(
            "a relocation of type " + type + ", allowed is R_X86_64_RELATIVE");
      }
      if (offset < 0 || offset > image.length - Long.BYTES) {
        throw new MalformedException("a relocation outside of the payload");
      }
    }
    return new Relocations(table, end);
  }

  /**
   * A copy of the file, for those who read more of it than what gets into memory; of one above 256
   * KiB there is none, and this is empty.
   */
  public byte[] file() {
    return file.clone();
  }

  /** Bytes in memory, from the first to the last segment's end. */
  public long size() {
    return image.length;
  }

  /** Whether any of its segments may be written by its own code. */
  public boolean writable() {
    return writable;
  }

  /**
   * Copies the payload to {@code gpa}, a page's start with room for {@link #size} bytes, and
   * relocates it; returns its entry point.
   */
  public long load(GuestMemory memory, long gpa) {
    memory.write(gpa, image);
    ByteBuffer table = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = relocations.start; at < relocations.end; at += RELA_BYTES) {
      if (table.getInt(at + 8) == R_X86_64_RELATIVE) {
        memory.putLong(gpa + table.getLong(at), gpa + table.getLong(at + 16));
      }
    }
    return gpa + entry;
  }

  /** Bytes in memory, in whole pages. */
  public long footprint() {
    return (size() + PageRange.PAGE_SIZE - 1) & -PageRange.PAGE_SIZE;
  }
}
