// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.elf;

import dev.kvmpl.bindings.elf.Elf;
import dev.kvmpl.bindings.elf.Elf64_Ehdr;
import dev.kvmpl.bindings.elf.Elf64_Phdr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The headers of an ELF file (elf.h, ELF-64), read where they are. What they say is not checked: a
 * place outside of the file is an {@link IndexOutOfBoundsException}, one beyond any file an {@link
 * ArithmeticException}.
 */
public final class ElfFile {
  /** ELFMAG of elf.h as a number, which jextract takes for a text. */
  private static final int MAGIC = 0x464c457f; // 7f 'E' 'L' 'F'

  private final ByteBuffer bytes;

  /**
   * Reads a file's headers.
   *
   * @param file one that {@link #isOne}
   */
  public ElfFile(byte[] file) {
    bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Whether a file begins as an ELF file does. */
  public static boolean isOne(byte[] file) {
    return file.length >= Integer.BYTES
        && ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(0) == MAGIC;
  }

  /** Whether the file has all of its first header. */
  public boolean hasHeader() {
    return bytes.limit() >= Elf64_Ehdr.sizeof();
  }

  /** The file, little-endian. */
  public ByteBuffer bytes() {
    return bytes;
  }

  /** Whether it is for 64 bits and little-endian. */
  public boolean is64LittleEndian() {
    return elfClass() == Elf.ELFCLASS64() && bytes.get(Elf.EI_DATA()) == Elf.ELFDATA2LSB();
  }

  /** ELFCLASS... */
  public int elfClass() {
    return bytes.get(Elf.EI_CLASS());
  }

  /** EM_... */
  public int machine() {
    return half(Elf64_Ehdr.e_machine$offset());
  }

  /** ET_... */
  public int type() {
    return half(Elf64_Ehdr.e_type$offset());
  }

  /** The address where it starts. */
  public long entry() {
    return xword(Elf64_Ehdr.e_entry$offset());
  }

  /** Program headers. */
  public int segments() {
    return half(Elf64_Ehdr.e_phnum$offset());
  }

  /** A program header. */
  public Segment segment(int index) {
    long first = xword(Elf64_Ehdr.e_phoff$offset());
    long at = Math.addExact(first, index * Elf64_Phdr.sizeof());
    return new Segment(
        word(at + Elf64_Phdr.p_type$offset()),
        word(at + Elf64_Phdr.p_flags$offset()),
        xword(at + Elf64_Phdr.p_offset$offset()),
        xword(at + Elf64_Phdr.p_vaddr$offset()),
        xword(at + Elf64_Phdr.p_paddr$offset()),
        xword(at + Elf64_Phdr.p_filesz$offset()),
        xword(at + Elf64_Phdr.p_memsz$offset()));
  }

  /**
   * A program header.
   *
   * @param type PT_...
   * @param flags PF_...
   * @param offset where its bytes are in the file
   * @param virtual the virtual address of its first byte
   * @param physical the physical address of its first byte
   * @param inFile bytes in the file
   * @param inMemory bytes in memory, of which those that the file has not are zero
   */
  public record Segment(
      int type, int flags, long offset, long virtual, long physical, long inFile, long inMemory) {}

  private int half(long at) {
    return Short.toUnsignedInt(bytes.getShort(Math.toIntExact(at)));
  }

  private int word(long at) {
    return bytes.getInt(Math.toIntExact(at));
  }

  private long xword(long at) {
    return bytes.getLong(Math.toIntExact(at));
  }
}
