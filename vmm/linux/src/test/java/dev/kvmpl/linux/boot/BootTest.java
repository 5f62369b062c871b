// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BootTest {
  private final GuestMemory memory = GuestMemory.allocate(64 << 20);

  @AfterEach
  void close() {
    memory.close();
  }

  /** A bzImage whose code is one recognisable byte after the other. */
  private static byte[] bzImage(int version, long preferred) {
    ByteBuffer file = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    file.put(0x1f1, (byte) 1); // setup sectors, beside the first
    file.put(0x201, (byte) 0x6a); // the header's end, from 0x202 on
    file.putInt(0x202, 0x53726448);
    file.putShort(0x206, (short) version);
    file.put(0x211, (byte) 0x20);
    file.putShort(0x236, (short) 1);
    file.putLong(0x258, preferred);
    file.putInt(0x260, 0x100000);
    for (int i = 1024; i < 8192; i++) {
      file.put(i, (byte) i);
    }
    return file.array();
  }

  private static KernelImage kernel() throws KernelImage.MalformedException {
    return KernelImage.of(bzImage(0x20f, GuestMap.KERNEL));
  }

  @Test
  void bzImage_isPutWhereItIsLinked_withItsHeader() throws Exception {
    Boot.load(memory, kernel(), new byte[] {1, 2, 3}, "a=b", 1);

    assertEquals((byte) 1024, memory.getByte(GuestMap.KERNEL));
    assertEquals((byte) 8191, memory.getByte(GuestMap.KERNEL + 8191 - 1024));
    assertEquals(0x53726448, memory.getInt(GuestMap.ZERO_PAGE + 0x202));
    assertEquals(0xff, memory.getByte(GuestMap.ZERO_PAGE + 0x210) & 0xff);
    assertEquals(0x21, memory.getByte(GuestMap.ZERO_PAGE + 0x211)); // and loaded high
    assertEquals(
        "a=b\0", new String(memory.read(GuestMap.COMMAND_LINE, 4), StandardCharsets.US_ASCII));
    int disk = memory.getInt(GuestMap.ZERO_PAGE + 0x218);
    assertEquals(3, memory.getInt(GuestMap.ZERO_PAGE + 0x21c));
    assertEquals(0x030201, memory.getInt(disk) & 0xffffff);
  }

  /** The release is in a text whose place the header has. */
  private static String release(int place, String text) throws Exception {
    byte[] file = bzImage(0x20f, GuestMap.KERNEL);
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putShort(0x20e, (short) place);
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, file, 0x380, bytes.length);
    return KernelImage.of(file).release();
  }

  @Test
  void bzImage_saysItsRelease_ifItIsOne() throws Exception {
    assertEquals("6.12.9-cloud", release(0x180, "6.12.9-cloud (debian@x) #1 SMP\0"));
    assertEquals("", release(0, "6.12.9-cloud\0"));
    assertEquals("", release(0x180, "\u001b[2J6.12\0"));
    assertEquals("", release(0x180, "6".repeat(65) + "\0"));
    assertEquals("", release(0xffff, ""));
  }

  @Test
  void levelsMemory_isReservedInTheMap() throws Exception {
    Boot.load(memory, kernel(), new byte[0], "", 1);

    List<String> map = new ArrayList<>();
    for (int i = 0; i < memory.getByte(GuestMap.ZERO_PAGE + 0x1e8); i++) {
      long entry = GuestMap.ZERO_PAGE + 0x2d0 + 20L * i;
      map.add(
          String.format(
              Locale.ROOT,
              "%x+%x %s",
              memory.getLong(entry),
              memory.getLong(entry + 8),
              memory.getInt(entry + 16) == 1 ? "ram" : "reserved"));
    }
    assertEquals(
        List.of(
            "0+9f000 ram",
            "9f000+61000 reserved",
            "100000+300000 ram",
            "400000+c00000 reserved",
            "1000000+3000000 ram"),
        map);
  }

  @Test
  void identityTables_mapFourGigabytes() throws Exception {
    Boot.load(memory, kernel(), new byte[0], "", 1);

    long pdpt = memory.getLong(GuestMap.PAGE_TABLES) & -PageRange.PAGE_SIZE;
    long pd = memory.getLong(pdpt + 3 * 8) & -PageRange.PAGE_SIZE;
    assertEquals(0xffe00083L, memory.getLong(pd + 511 * 8));
  }

  @Test
  void acpi_hasChecksums_andAProcessorEach() throws Exception {
    Boot.load(memory, kernel(), new byte[0], "", 2);

    long rsdp = memory.getLong(GuestMap.ZERO_PAGE + 0x70);
    assertEquals(0, sum(rsdp, 20));
    assertEquals(0, sum(rsdp, 36));
    long xsdt = memory.getLong(rsdp + 24);
    long fadt = memory.getLong(xsdt + 36);
    long madt = memory.getLong(xsdt + 44);
    for (long table : new long[] {xsdt, fadt, madt, memory.getInt(fadt + 40)}) {
      assertEquals(0, sum(table, memory.getInt(table + 4)));
    }
    assertEquals(0x00000800, memory.getInt(madt + 44));
    assertEquals(0x01010800, memory.getInt(madt + 52));
    assertEquals(0x00020c01, memory.getInt(madt + 60)); // the I/O APIC
  }

  private byte sum(long at, int length) {
    byte sum = 0;
    for (byte one : memory.read(at, length)) {
      sum += one;
    }
    return sum;
  }

  @Test
  void ramDiskThatDoesNotFit_isRefused() {
    Exception e =
        assertThrows(
            Boot.TooSmallException.class,
            () -> Boot.load(memory, kernel(), new byte[60 << 20], "", 1));

    assertTrue(String.valueOf(e.getMessage()).startsWith("64 MiB of memory"), e::toString);
  }

  @Test
  void kernelForAnotherPlace_isRefused() {
    assertThrows(
        KernelImage.MalformedException.class, () -> KernelImage.of(bzImage(0x20f, 0x2000000)));
  }

  @Test
  void kernelWithoutA64BitEntry_isRefused() {
    assertThrows(
        KernelImage.MalformedException.class,
        () -> KernelImage.of(bzImage(0x20b, GuestMap.KERNEL)));
  }

  @Test
  void vmlinux_isPutWhereItsSegmentsAre() throws Exception {
    ByteBuffer elf = ByteBuffer.allocate(0x200).order(ByteOrder.LITTLE_ENDIAN);
    elf.putInt(0, 0x464c457f);
    elf.putShort(18, (short) 62);
    elf.putLong(24, 0x1000010);
    elf.putLong(32, 64);
    elf.putShort(56, (short) 1);
    elf.putInt(64, 1);
    elf.putLong(64 + 8, 0x100);
    elf.putLong(64 + 24, 0x1000000);
    elf.putLong(64 + 32, 0x10);
    elf.putLong(64 + 40, 0x1000);
    elf.put(0x10f, (byte) 7);

    Boot.load(memory, KernelImage.of(elf.array()), new byte[0], "", 1);

    assertEquals(7, memory.getByte(0x100000f));
    assertEquals(0x53726448, memory.getInt(GuestMap.ZERO_PAGE + 0x202));
  }

  @Test
  void vmlinuxInVmpl0sMemory_isRefused() {
    ByteBuffer elf = ByteBuffer.allocate(0x200).order(ByteOrder.LITTLE_ENDIAN);
    elf.putInt(0, 0x464c457f);
    elf.putShort(18, (short) 62);
    elf.putLong(32, 64);
    elf.putShort(56, (short) 1);
    elf.putInt(64, 1);
    elf.putLong(64 + 24, 0x800000);

    assertThrows(KernelImage.MalformedException.class, () -> KernelImage.of(elf.array()));
  }

  @Test
  void anythingElse_isNoKernel() {
    assertThrows(KernelImage.MalformedException.class, () -> KernelImage.of(new byte[4096]));
    assertThrows(KernelImage.MalformedException.class, () -> KernelImage.of(new byte[0]));
  }
}
