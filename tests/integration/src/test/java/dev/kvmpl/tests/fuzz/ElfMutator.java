// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Makes files that are nearly payloads out of payloads. Offsets are those of ELF-64. */
final class ElfMutator {
  private static final int MUTATIONS_MAX = 3;
  private static final int HEADER_BYTES = 64;
  private static final int PROGRAM_HEADERS = 32;
  private static final int PROGRAM_HEADER_COUNT = 56;
  private static final int PROGRAM_HEADER_BYTES = 56;
  private static final int OFFSET = 8;
  private static final int MEMORY_SIZE = 40;
  private static final int LOAD_TYPE = 1;
  private static final int DYNAMIC_TYPE = 2;
  private static final int DT_RELA = 7;
  private static final int DYNAMIC_ENTRY_BYTES = 16;

  /** Fields of a program header, of 8 bytes each. */
  private static final int[] FIELDS = {0, 8, 16, 24, 32, 40, 48};

  private static final long[] EXTREMES = {
    0,
    1,
    7,
    8,
    24,
    64,
    4095,
    4096,
    0xffff,
    0x10000,
    6 << 20,
    (6 << 20) + 1,
    Integer.MAX_VALUE,
    1L << 31,
    0xffffffffL,
    1L << 32,
    1L << 40,
    1L << 62,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -8,
    -24,
    -4096,
    Integer.MIN_VALUE
  };

  private final List<byte[]> corpus;

  /**
   * @param corpus payloads
   */
  ElfMutator(List<byte[]> corpus) {
    this.corpus = List.copyOf(corpus);
  }

  /** A file. */
  byte[] next(SplittableRandom random) {
    byte[] file = corpus.get(random.nextInt(corpus.size())).clone();
    int mutations = 1 + random.nextInt(MUTATIONS_MAX);
    for (int i = 0; i < mutations; i++) {
      if (file.length > HEADER_BYTES) {
        file = mutated(file, random);
      }
    }
    return file;
  }

  private static byte[] mutated(byte[] file, SplittableRandom random) {
    ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int headers = place(elf, elf.getLong(PROGRAM_HEADERS));
    int count = 1 + Short.toUnsignedInt(elf.getShort(PROGRAM_HEADER_COUNT));
    int header = headers + random.nextInt(count) * PROGRAM_HEADER_BYTES;
    switch (random.nextInt(11)) {
      case 0 -> file[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
      case 1 -> file[random.nextInt(HEADER_BYTES)] = (byte) random.nextInt(256);
      case 2 -> putLong(elf, random.nextInt(HEADER_BYTES) & -8, number(elf, random));
      case 3, 4 ->
          putLong(elf, header + FIELDS[random.nextInt(FIELDS.length)], number(elf, random));
      case 5 -> putLong(elf, dynamic(elf, random), number(elf, random));
      case 6, 7, 8 -> putLong(elf, relocation(elf, random), number(elf, random));
      case 9 -> elf.putShort(PROGRAM_HEADER_COUNT, (short) random.nextInt(1 << random.nextInt(17)));
      default -> {
        return Arrays.copyOf(file, random.nextInt(file.length * 2));
      }
    }
    return file;
  }

  /** A field of the dynamic section. */
  private static int dynamic(ByteBuffer elf, SplittableRandom random) {
    return dynamicSection(elf) + random.nextInt(24) * DYNAMIC_ENTRY_BYTES / 2;
  }

  /** A field of one of the first relocations. */
  private static int relocation(ByteBuffer elf, SplittableRandom random) {
    int section = dynamicSection(elf);
    for (int at = section; at <= elf.capacity() - DYNAMIC_ENTRY_BYTES; at += DYNAMIC_ENTRY_BYTES) {
      if (elf.getLong(at) == DT_RELA) {
        long table = elf.getLong(at + Long.BYTES) + field(elf, LOAD_TYPE, OFFSET);
        return place(elf, table) + random.nextInt(12) * Long.BYTES;
      }
    }
    return section;
  }

  private static int dynamicSection(ByteBuffer elf) {
    return place(elf, field(elf, DYNAMIC_TYPE, OFFSET));
  }

  /** A field of the first program header of a type, 0 if there is none. */
  private static long field(ByteBuffer elf, int type, int field) {
    int headers = place(elf, elf.getLong(PROGRAM_HEADERS));
    for (int at = headers;
        at <= elf.capacity() - PROGRAM_HEADER_BYTES;
        at += PROGRAM_HEADER_BYTES) {
      if (elf.getInt(at) == type) {
        return elf.getLong(at + field);
      }
    }
    return 0;
  }

  private static int place(ByteBuffer elf, long offset) {
    return Math.clamp(offset, 0, elf.capacity() - 1);
  }

  private static long number(ByteBuffer elf, SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(elf.capacity() * 2);
      case 1 -> field(elf, LOAD_TYPE, MEMORY_SIZE) - 32 + random.nextInt(64); // the image's end
      case 2 -> random.nextLong();
      default -> EXTREMES[random.nextInt(EXTREMES.length)];
    };
  }

  private static void putLong(ByteBuffer elf, int at, long value) {
    if (at >= 0 && at <= elf.capacity() - Long.BYTES) {
      elf.putLong(at, value);
    }
  }
}
