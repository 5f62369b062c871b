// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.elf.Elf;
import dev.kvmpl.bindings.elf.Elf64_Dyn;
import dev.kvmpl.bindings.elf.Elf64_Rela;
import dev.kvmpl.elf.AbiNote;
import dev.kvmpl.elf.ElfFile;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.MemoryLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * A payload's ELF file, read and checked: a static, position-independent executable for x86-64.
 * Immutable.
 */
public final class PayloadImage {
  private static final int DYNAMIC_BYTES = (int) Elf64_Dyn.sizeof();
  private static final int DYNAMIC_VALUE = (int) Elf64_Dyn.d_un$offset();
  private static final int RELA_BYTES = (int) Elf64_Rela.sizeof();
  private static final int RELA_OFFSET = (int) Elf64_Rela.r_offset$offset();
  private static final int RELA_ADDEND = (int) Elf64_Rela.r_addend$offset();

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
    if (!ElfFile.isOne(file)) {
      throw new MalformedException("not an ELF file");
    }
    ElfFile elf = new ElfFile(file);
    if (!elf.hasHeader()) {
      throw new MalformedException("a truncated ELF file");
    }
    if (!elf.is64LittleEndian() || elf.machine() != Elf.EM_X86_64()) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "an ELF file for another machine (class %d, machine %d), allowed is x86-64",
              elf.elfClass(),
              elf.machine()));
    }
    if (elf.type() != Elf.ET_DYN()) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "not position-independent (ELF type %d), link it with -static-pie",
              elf.type()));
    }
    int count = elf.segments();
    if (count > SEGMENTS_MAX) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "an ELF file with %d program headers, allowed are %d",
              count,
              SEGMENTS_MAX));
    }
    try {
      return parse(file.length <= KEPT_MAX ? file.clone() : new byte[0], elf);
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      throw new MalformedException("a truncated ELF file");
    }
  }

  private static PayloadImage parse(byte[] file, ElfFile elf) throws MalformedException {
    long size = 0;
    int dynamic = -1;
    int note = -1;
    boolean writable = false;
    for (int i = 0; i < elf.segments(); i++) {
      ElfFile.Segment segment = elf.segment(i);
      int type = segment.type();
      if (type == Elf.PT_LOAD()) {
        if (segment.virtual() < 0
            || segment.inFile() < 0
            || segment.inFile() > segment.inMemory()) {
          throw new MalformedException("a segment of impossible size");
        }
        size = Math.max(size, Math.addExact(segment.virtual(), segment.inMemory()));
        writable |= (segment.flags() & Elf.PF_W()) != 0;
      } else if (type == Elf.PT_DYNAMIC()) {
        dynamic = Math.toIntExact(segment.virtual());
        if (dynamic < 0) {
          throw new MalformedException("a dynamic section outside of the file");
        }
      } else if (type == Elf.PT_NOTE()) {
        note = note < 0 ? Math.toIntExact(segment.offset()) : note;
      } else if (type == Elf.PT_INTERP()) {
        throw new MalformedException("not static, link it with -static-pie");
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
    for (int i = 0; i < elf.segments(); i++) {
      ElfFile.Segment segment = elf.segment(i);
      if (segment.type() == Elf.PT_LOAD()) {
        elf.bytes()
            .get(
                Math.toIntExact(segment.offset()),
                image,
                Math.toIntExact(segment.virtual()),
                Math.toIntExact(segment.inFile()));
      }
    }
    long entry = elf.entry();
    if (entry < 0 || entry >= size) {
      throw new MalformedException("no entry point");
    }
    checkVersion(AbiNote.version(elf.bytes(), note));
    return new PayloadImage(
        file, image, entry, writable, dynamic < 0 ? Relocations.NONE : relocations(image, dynamic));
  }

  private static void checkVersion(OptionalInt note) throws MalformedException {
    int version =
        note.orElseThrow(
            () ->
                new MalformedException(
                    "no kvmpl payload: it does not say for which version it was built, build it"
                        + " with kvmpl's SDK"));
    if (version != Abi.KVMPL_ABI_VERSION()) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "built for version %d of the payloads' interface, allowed is %d: build it again",
              version,
              Abi.KVMPL_ABI_VERSION()));
    }
  }

  private static Relocations relocations(byte[] image, int dynamic) throws MalformedException {
    ByteBuffer loaded = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    int table = 0;
    int bytes = 0;
    for (int at = dynamic; tag(loaded, at) != Elf.DT_NULL(); at += DYNAMIC_BYTES) {
      if (tag(loaded, at) == Elf.DT_RELA()) {
        table = Math.toIntExact(loaded.getLong(at + DYNAMIC_VALUE));
      } else if (tag(loaded, at) == Elf.DT_RELASZ()) {
        bytes = Math.toIntExact(loaded.getLong(at + DYNAMIC_VALUE));
      }
    }
    if (table < 0 || bytes < 0 || bytes % RELA_BYTES != 0 || bytes > image.length - table) {
      throw new MalformedException("a table of relocations outside of the payload");
    }
    int end = table + bytes;
    for (int at = table; at < end; at += RELA_BYTES) {
      int type = relocation(loaded, at);
      if (type == Elf.R_X86_64_NONE()) {
        continue;
      }
      int offset = Math.toIntExact(loaded.getLong(at + RELA_OFFSET));
      if (type != Elf.R_X86_64_RELATIVE()) {
        throw new MalformedException(
            "a relocation of type " + type + ", allowed is R_X86_64_RELATIVE");
      }
      if (offset < 0 || offset > image.length - Long.BYTES) {
        throw new MalformedException("a relocation outside of the payload");
      }
    }
    return new Relocations(table, end);
  }

  private static long tag(ByteBuffer loaded, int at) {
    return loaded.getLong(at + (int) Elf64_Dyn.d_tag$offset());
  }

  /** ELF64_R_TYPE: what is below the symbol's number in r_info. */
  private static int relocation(ByteBuffer loaded, int at) {
    return loaded.getInt(at + (int) Elf64_Rela.r_info$offset());
  }

  /**
   * A copy of the file, for those who read more of it than what gets into memory; of one above 256
   * KiB there is none, and this is empty.
   */
  public byte[] file() {
    return file.clone();
  }

  /** Where it is entered, from its first byte on. */
  public long entry() {
    return entry;
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
      if (relocation(table, at) == Elf.R_X86_64_RELATIVE()) {
        memory.putLong(
            gpa + table.getLong(at + RELA_OFFSET), gpa + table.getLong(at + RELA_ADDEND));
      }
    }
    return gpa + entry;
  }

  /** Bytes in memory, in whole pages. */
  public long footprint() {
    return (size() + PageRange.PAGE_SIZE - 1) & -PageRange.PAGE_SIZE;
  }
}
