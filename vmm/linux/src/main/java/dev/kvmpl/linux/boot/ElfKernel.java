// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

import dev.kvmpl.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A kernel as it is linked, {@code vmlinux} (System V ABI, chapter 5). */
public final class ElfKernel implements KernelImage {
  private static final int MAGIC = 0x464c457f; // 0x7f "ELF"
  private static final int MACHINE = 18;
  private static final int MACHINE_X86_64 = 62;
  private static final int ENTRY = 24;
  private static final int PROGRAM_HEADERS = 32;
  private static final int PROGRAM_HEADER_COUNT = 56;
  private static final int PROGRAM_HEADER_BYTES = 56;
  private static final int PT_LOAD = 1;
  private static final int HEADER_BYTES = 64;

  private final byte[] file;
  private final long entry;
  private final List<Segment> segments;

  private record Segment(int offset, int inFile, long gpa, long inMemory) {
    long end() {
      return gpa + inMemory;
    }
  }

  private ElfKernel(byte[] file, long entry, List<Segment> segments) {
    this.file = file;
    this.entry = entry;
    this.segments = segments;
  }

  static boolean isOne(byte[] file) {
    return file.length > HEADER_BYTES
        && ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(0) == MAGIC;
  }

  static ElfKernel parse(byte[] file) throws MalformedException {
    ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (elf.getShort(MACHINE) != MACHINE_X86_64) {
      throw new MalformedException("not an x86-64 kernel (ELF machine " + elf.getShort(18) + ")");
    }
    List<Segment> segments = new ArrayList<>();
    try {
      int headers = Math.toIntExact(elf.getLong(PROGRAM_HEADERS));
      for (int i = 0; i < elf.getShort(PROGRAM_HEADER_COUNT); i++) {
        int at = headers + i * PROGRAM_HEADER_BYTES;
        if (elf.getInt(at) == PT_LOAD) {
          segments.add(
              new Segment(
                  Math.toIntExact(elf.getLong(at + 8)),
                  Math.toIntExact(elf.getLong(at + 32)),
                  elf.getLong(at + 24),
                  elf.getLong(at + 40)));
        }
      }
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      throw new MalformedException("a truncated ELF file");
    }
    for (Segment segment : segments) {
      if (segment.gpa < GuestMap.KERNEL || segment.inMemory < 0 || segment.end() < 0) {
        throw new MalformedException(
            String.format(
                Locale.ROOT,
                "a kernel with a segment at %#x, allowed is memory from %#x on",
                segment.gpa,
                GuestMap.KERNEL));
      }
      if (segment.offset < 0
          || segment.inFile < 0
          || segment.inFile > file.length - segment.offset) {
        throw new MalformedException("a truncated ELF file");
      }
    }
    if (segments.isEmpty()) {
      throw new MalformedException("an ELF file with nothing to load");
    }
    return new ElfKernel(file, elf.getLong(ENTRY), segments);
  }

  @Override
  public long load(GuestMemory memory, ZeroPage zeroPage) {
    for (Segment segment : segments) {
      MemorySegment.copy(
          MemorySegment.ofArray(file),
          segment.offset,
          memory.slice(segment.gpa, segment.inFile),
          0,
          segment.inFile);
    }
    zeroPage.plainHeader();
    return entry;
  }

  @Override
  public long end() {
    return segments.stream().mapToLong(Segment::end).max().orElse(GuestMap.KERNEL);
  }
}
