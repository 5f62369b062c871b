// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.PayloadImage.MalformedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no payload is said to be none; nothing else may come of a file. No device needed. */
@Tag("exhaustive")
class PayloadImageTest {
  private static final int MUTATIONS = 20_000;

  private static String refusal(byte[] file) {
    return String.valueOf(
        assertThrows(MalformedException.class, () -> PayloadImage.parse(file)).getMessage());
  }

  /** Parsed or refused: anything else that comes out is thrown on. */
  private static boolean isPayload(byte[] file) {
    try {
      return PayloadImage.parse(file).size() > 0;
    } catch (MalformedException e) {
      return false;
    }
  }

  @Test
  void file_isKeptUpToItsLimit_forDebugInformation() throws MalformedException {
    byte[] most = java.util.Arrays.copyOf(new Elf().bytes(), PayloadImage.KEPT_MAX);
    byte[] more = java.util.Arrays.copyOf(most, most.length + 1);

    assertEquals(PayloadImage.KEPT_MAX, PayloadImage.parse(most).file().length);
    assertEquals(0, PayloadImage.parse(more).file().length);
  }

  @Test
  void elfWithoutOurNote_isNoPayload() {
    String why =
        "no kvmpl payload: it does not say for which version it was built, build it with kvmpl's"
            + " SDK";
    assertEquals(why, refusal(new Elf().putInt(Elf.NOTE, 0).bytes()));
    assertEquals(why, refusal(new Elf().putByte(Elf.NOTE_SECTION + 12, 'x').bytes()));
    assertEquals(why, refusal(new Elf().putInt(Elf.NOTE_SECTION + 8, 2).bytes()));
  }

  @Test
  void elfOfAnotherVersion_isToBeBuiltAgain() {
    assertEquals(
        "built for version 2 of the payloads' interface, allowed is 1: build it again",
        refusal(new Elf().putInt(Elf.VERSION, 2).bytes()));
  }

  @Test
  void noteOutsideOfTheFile_isATruncatedFile() {
    assertEquals(
        "a truncated ELF file", refusal(new Elf().putLong(Elf.NOTE + Elf.OFFSET, 0xffff).bytes()));
  }

  @ParameterizedTest
  @EnumSource
  void builtInPayload_isOne(BuiltInPayload payload) {
    assertTrue(isPayload(payload.bytes()));
  }

  @Test
  void smallPayload_isOne_withTheSizeOfItsSegment() throws MalformedException {
    assertEquals(0x2000, PayloadImage.parse(new Elf().bytes()).size());
  }

  @Test
  void otherFile_isNoElf() {
    assertEquals("not an ELF file", refusal("#!/bin/sh\necho hello\n".getBytes(UTF_8)));
    assertEquals("not an ELF file", refusal(new byte[0]));
    assertEquals("not an ELF file", refusal(new byte[4096]));
  }

  @Test
  void elfForAnotherMachine_isNamedAsSuch() {
    assertEquals(
        "an ELF file for another machine (class 1, machine 62), allowed is x86-64",
        refusal(new Elf().putByte(Elf.CLASS, 1).bytes()));
    assertEquals(
        "an ELF file for another machine (class 2, machine 183), allowed is x86-64",
        refusal(new Elf().putShort(Elf.MACHINE, 183).bytes()));
    assertTrue(
        refusal(new Elf().putByte(Elf.DATA, 2).bytes()).startsWith("an ELF file for another"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 4})
  void elfOfAnotherType_isNotPositionIndependent(int type) {
    assertEquals(
        "not position-independent (ELF type " + type + "), link it with -static-pie",
        refusal(new Elf().putShort(Elf.TYPE, type).bytes()));
  }

  @Test
  void elfWithAnInterpreter_isNotStatic() {
    assertEquals(
        "not static, link it with -static-pie", refusal(new Elf().putInt(Elf.DYNAMIC, 3).bytes()));
  }

  @Test
  void elfWithoutASegment_hasNoCode() {
    assertEquals(
        "0 bytes in memory, allowed are 1 to 3145728",
        refusal(new Elf().putShort(Elf.HEADER_COUNT, 0).bytes()));
  }

  @ParameterizedTest
  @ValueSource(longs = {(6 << 20) + 1, 1L << 32, 1L << 62})
  void elfOfMoreThanAnyLevelHasRoomFor_isTooLarge(long size) {
    assertEquals(
        size + " bytes in memory, allowed are 1 to 3145728",
        refusal(new Elf().putLong(Elf.LOAD + Elf.MEMORY_SIZE, size).bytes()));
  }

  @Test
  void elfWithManyProgramHeaders_isRefused() {
    assertEquals(
        "an ELF file with 65 program headers, allowed are 64",
        refusal(new Elf().putShort(Elf.HEADER_COUNT, 65).bytes()));
  }

  @Test
  void segmentWithMoreInTheFileThanInMemory_isRefused() {
    assertEquals(
        "a segment of impossible size",
        refusal(new Elf().putLong(Elf.LOAD + Elf.MEMORY_SIZE, 0xfff).bytes()));
  }

  @ParameterizedTest
  @ValueSource(longs = {-24, 1, 23, 0x2000, Integer.MAX_VALUE})
  void tableOfRelocationsOutsideTheImage_isRefused(long size) {
    assertEquals(
        "a table of relocations outside of the payload",
        refusal(new Elf().putLong(Elf.DYNAMIC_SECTION + 24, size).bytes()));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0x2000, Long.MAX_VALUE, Long.MIN_VALUE})
  void entryPointOutsideTheSegments_isNone(long entry) {
    assertEquals("no entry point", refusal(new Elf().putLong(Elf.ENTRY_FIELD, entry).bytes()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 6, 7, 37})
  void relocationOfAnotherType_isNamed(int type) {
    assertTrue(
        refusal(new Elf().putInt(Elf.RELOCATION + 8, type).bytes())
            .contains("a relocation of type " + type));
  }

  @ParameterizedTest
  @ValueSource(
      longs = {-1, -8, -0x1000, Integer.MIN_VALUE, 0x1ff9, 0x2000, Integer.MAX_VALUE, 1L << 40})
  void relocationOutsideTheImage_isRefused(long offset) {
    assertFalse(isPayload(new Elf().putLong(Elf.RELOCATION, offset).bytes()));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, -0x1000, 0x2001, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE})
  void segmentOutsideTheFileOrTheImage_isRefused(long value) {
    assertFalse(isPayload(new Elf().putLong(Elf.LOAD + Elf.OFFSET, value).bytes()));
    assertFalse(isPayload(new Elf().putLong(Elf.LOAD + Elf.FILE_SIZE, value).bytes()));
    assertFalse(isPayload(new Elf().putLong(Elf.HEADERS_FIELD, value).bytes()));
    assertFalse(isPayload(new Elf().putLong(Elf.DYNAMIC + Elf.ADDRESS, value).bytes()));
  }

  @ParameterizedTest
  @EnumSource
  void payloadTruncatedAnywhereInItsSegments_isRefused(BuiltInPayload payload) {
    byte[] file = payload.bytes();
    ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    // The linker script's one PT_LOAD comes first.
    int header = (int) elf.getLong(Elf.HEADERS_FIELD);
    int segmentEnd = (int) (elf.getLong(header + Elf.OFFSET) + elf.getLong(header + Elf.FILE_SIZE));
    // Step 1 for the headers, and for the rest what is no multiple of anything.
    IntStream.concat(
            IntStream.range(0, 512), IntStream.iterate(512, at -> at < segmentEnd, at -> at + 37))
        .forEach(length -> assertFalse(isPayload(Arrays.copyOf(file, length)), "at " + length));
  }

  @Test
  void smallPayloadTruncatedAtEveryByte_isRefused() {
    byte[] file = new Elf().bytes();
    for (int length = 0; length < file.length; length++) {
      assertFalse(isPayload(Arrays.copyOf(file, length)), "at " + length);
    }
  }

  @Test
  void storeTruncatedAtEveryByte_isAPayloadOrRefused() {
    byte[] file = BuiltInPayload.STORE.bytes();
    for (int length = 0; length < file.length; length++) {
      byte[] truncated = Arrays.copyOf(file, length);
      assertDoesNotThrow(() -> isPayload(truncated), "at " + length);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void damagedPayload_isAPayloadOrRefused(long seed) {
    Random random = new Random(seed);
    byte[] file = new Elf().bytes();
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] damaged = file.clone();
      int damages = 1 + random.nextInt(4);
      for (int j = 0; j < damages; j++) {
        // In the headers, the dynamic section and the relocation, after the magic number.
        damaged[4 + random.nextInt(Elf.RELOCATION + 24 - 4)] = (byte) random.nextInt();
      }
      int number = i;
      assertDoesNotThrow(() -> isPayload(damaged), () -> "seed " + seed + ", number " + number);
    }
  }
}
