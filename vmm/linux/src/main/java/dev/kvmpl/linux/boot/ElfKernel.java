// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

import dev.kvmpl.bindings.elf.Elf;
import dev.kvmpl.elf.ElfFile;
import dev.kvmpl.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A kernel as it is linked, {@code vmlinux} (System V ABI, chapter 5). */
public final class ElfKernel implements KernelImage {
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
    return ElfFile.isOne(file) && new ElfFile(file).hasHeader();
  }

  static ElfKernel parse(byte[] file) throws MalformedException {
    ElfFile elf = new ElfFile(file);
    if (elf.machine() != Elf.EM_X86_64()) {
      throw new MalformedException("not an x86-64 kernel (ELF machine " + elf.machine() + ")");
    }
    List<Segment> segments = new ArrayList<>();
    try {
      for (int i = 0; i < elf.segments(); i++) {
        ElfFile.Segment segment = elf.segment(i);
        if (segment.type() == Elf.PT_LOAD()) {
          segments.add(
              new Segment(
                  Math.toIntExact(segment.offset()),
                  Math.toIntExact(segment.inFile()),
                  segment.physical(),
                  segment.inMemory()));
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
    return new ElfKernel(file, elf.entry(), segments);
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
  public String release() {
    return "";
  }

  @Override
  public long end() {
    return segments.stream().mapToLong(Segment::end).max().orElse(GuestMap.KERNEL);
  }
}
