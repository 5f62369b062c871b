// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.kvmpl.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;

/** A compressed kernel (Linux, Documentation/arch/x86/boot.rst). It unpacks itself. */
public final class BzImage implements KernelImage {
  private static final int SECTOR = 512;
  private static final int SETUP_SECTORS = 0x1f1;
  private static final int SETUP_SECTORS_OF_OLD = 4;
  private static final int HEADER_LENGTH = 0x201; // its end is at 0x202 + this byte
  private static final int MAGIC_AT = 0x202;
  private static final int MAGIC = 0x53726448; // "HdrS"
  private static final int VERSION = 0x206;
  private static final int RELEASE_AT = 0x20e; // less SECTOR
  private static final String RELEASE = "[!-~]{1,64}";
  private static final int VERSION_64_BIT = 0x20c;
  private static final int LOAD_FLAGS_X = 0x236;
  private static final int ENTRY_64 = 1;
  private static final int PREFERRED = 0x258;
  private static final int INIT_SIZE = 0x260;
  private static final int SMALLEST = 0x268;
  private static final int ENTRY_OFFSET = 0x200;

  private final byte[] header;
  private final byte[] image;
  private final int initSize;
  private final String release;

  private BzImage(byte[] header, byte[] image, int initSize, String release) {
    this.release = release;
    this.header = header;
    this.image = image;
    this.initSize = initSize;
  }

  static boolean isOne(byte[] file) {
    return file.length > SMALLEST && littleEndian(file).getInt(MAGIC_AT) == MAGIC;
  }

  static BzImage parse(byte[] file) throws MalformedException {
    ByteBuffer bytes = littleEndian(file);
    int version = bytes.getShort(VERSION);
    if (version < VERSION_64_BIT || (bytes.getShort(LOAD_FLAGS_X) & ENTRY_64) == 0) {
      throw new MalformedException(
          String.format(
              Locale.ROOT, "a kernel without a 64-bit entry (boot protocol %#x)", version));
    }
    if (bytes.getLong(PREFERRED) != GuestMap.KERNEL) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "a kernel that wants to be at %#x, allowed is %#x",
              bytes.getLong(PREFERRED),
              GuestMap.KERNEL));
    }
    int sectors = Byte.toUnsignedInt(file[SETUP_SECTORS]);
    int start = ((sectors == 0 ? SETUP_SECTORS_OF_OLD : sectors) + 1) * SECTOR;
    int headerEnd = MAGIC_AT + Byte.toUnsignedInt(file[HEADER_LENGTH]);
    if (start >= file.length || headerEnd > start) {
      throw new MalformedException("a truncated bzImage");
    }
    return new BzImage(
        Arrays.copyOfRange(file, SETUP_SECTORS, headerEnd),
        Arrays.copyOfRange(file, start, file.length),
        bytes.getInt(INIT_SIZE),
        release(file, bytes.getShort(RELEASE_AT), start));
  }

  /** The first word of a text that is before {@code end}. */
  private static String release(byte[] file, short place, int end) {
    int from = Short.toUnsignedInt(place) + SECTOR;
    int to = from;
    while (to < end && file[to] > ' ') {
      to++;
    }
    String word = place == 0 || from >= end ? "" : new String(file, from, to - from, US_ASCII);
    return word.matches(RELEASE) ? word : "";
  }

  private static ByteBuffer littleEndian(byte[] file) {
    return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public long load(GuestMemory memory, ZeroPage zeroPage) {
    memory.write(GuestMap.KERNEL, image);
    zeroPage.setupHeader(header);
    return GuestMap.KERNEL + ENTRY_OFFSET;
  }

  @Override
  public String release() {
    return release;
  }

  @Override
  public long end() {
    return GuestMap.KERNEL + Math.max(initSize, image.length);
  }
}
