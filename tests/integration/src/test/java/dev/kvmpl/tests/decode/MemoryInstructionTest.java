// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.decode.MemoryInstruction;
import dev.kvmpl.decode.OperandDecoder;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where an instruction stores, by the registers before it and by those after it. Register n holds
 * 0x11000 * (n + 1): RAX 0x11000, RCX 0x22000, RDX 0x33000, RBX 0x44000, RSP 0x55000, RBP 0x66000,
 * RSI 0x77000, RDI 0x88000.
 */
class MemoryInstructionTest {
  private static final long RFLAGS_ZF = 1 << 6;
  private static final long RFLAGS_DF = 1 << 10;
  private static final long RSP = 0x55000;

  private final OperandDecoder decoder = OperandDecoder.ofStores();
  private final RandomState state = new RandomState(new Random(1));

  MemoryInstructionTest() {
    for (int i = 0; i < 16; i++) {
      state.general[i] = 0x11000L * (i + 1);
    }
  }

  private MemoryInstruction decode(String code) {
    byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
    assertTrue(decoder.decode(bytes, 0, bytes.length), code);
    assertEquals(bytes.length, decoder.instruction().length());
    return decoder.instruction();
  }

  @ParameterizedTest
  @CsvSource({
    "50, 0x54ff8, 8, push %rax",
    "66 50, 0x54ffe, 2, push %ax",
    "6a 01, 0x54ff8, 8, push $1",
    "ff 37, 0x54ff8, 8, push (%rdi)",
    "9c, 0x54ff8, 8, pushf",
    "0f a0, 0x54ff8, 8, push %fs",
    "e8 00 00 00 00, 0x54ff8, 8, call",
    "ff d0, 0x54ff8, 8, call *%rax",
    "48 ff 1f, 0x54ff0, 16, rex.W lcall *(%rdi)",
    "c8 10 00 00, 0x54ff8, 8, 'enter $16, $0'",
    "c8 10 00 02, 0x54fe8, 24, 'enter $16, $2'",
    "8f 04 24, 0x55008, 8, pop (%rsp)",
    "aa, 0x88000, 1, stosb",
    "f3 48 a5, 0x88000, 8, rep movsq",
    "6d, 0x88000, 4, insl",
    "0f f7 c1, 0x88000, 8, 'maskmovq %mm1, %mm0'",
    "0f 01 fc, 0x11000, 64, clzero",
    "66 0f 38 f8 0f, 0x22000, 64, 'movdir64b (%rdi), %rcx'",
    "48 0f ab 07, 0x8a200, 8, 'bts %rax, (%rdi)'",
    "0f ab 07, 0x8a200, 4, 'bts %eax, (%rdi)'",
    "a2 08 07 06 05 04 03 02 01, 0x0102030405060708, 1, 'movabs %al, 0x102030405060708'"
  })
  void impliedAddress_isTheArchitecturesOne(
      String code, String address, int size, String ignoredText) {
    MemoryInstruction found = decode(code);

    assertEquals(Long.decode(address), found.address(state));
    assertEquals(size, found.size());
  }

  @Test
  void bitOffset_mayBeNegative_andIsOfTheOperandsSize() {
    state.general[0] = -1;
    assertEquals(0x88000 - 8, decode("48 0f ab 07").address(state));
    state.general[0] = 0xffffL; // 16 bits of -1
    assertEquals(0x88000 - 2, decode("66 0f ab 07").address(state));
  }

  @ParameterizedTest
  @CsvSource({
    "48 89 07, 0x88000, 'mov %rax, (%rdi)'",
    "50, 0x55000, push %rax",
    "c8 10 00 00, 0x66000, 'enter $16, $0'",
    "c8 10 00 02, 0x65ff0, 'enter $16, $2'",
    "ab, 0x87ffc, stosl",
    "48 a5, 0x87ff8, movsq",
    "8f 04 24, 0x55000, pop (%rsp)",
    "48 87 07, 0x88000, 'xchg %rax, (%rdi)'",
    "f0 48 0f c1 07, 0x88000, 'lock xadd %rax, (%rdi)'"
  })
  void addressAfter_isWhereItHasStored(String code, String address, String ignoredText) {
    assertEquals(Long.decode(address), decode(code).addressAfter(state, 0, 0));
  }

  @Test
  void stringInstruction_hasComeFromTheOtherSide_withTheDirectionFlag() {
    state.rflags |= RFLAGS_DF;

    assertEquals(0x88008, decode("48 ab").addressAfter(state, 0, 0));
  }

  /** The register is what has been stored. */
  @Test
  void exchangedRegister_isKnownFromTheStoredValue() {
    assertEquals(0x99000, decode("48 87 3f").addressAfter(state, 0x99000, 8));
    assertEquals(0x99000, decode("87 3f").addressAfter(state, 0x99000, 4));
    assertEquals(0x89999, decode("66 87 3f").addressAfter(state, 0x9999, 2));
    assertEquals(0x88099, decode("40 86 3f").addressAfter(state, 0x99, 1));
    assertEquals(0x19900, decode("86 20").addressAfter(state, 0x99, 1)); // xchg %ah, (%rax)
    assertEquals(
        MemoryInstruction.UNKNOWN_ADDRESS, decode("48 87 3f").addressAfter(state, 0x99000, 4));
  }

  /** The register is what was there, the sum what has been stored. */
  @Test
  void addedRegister_isKnownFromTheSum() {
    assertEquals(0x11000, decode("48 0f c1 3f").addressAfter(state, 0x99000, 8));
    assertEquals(
        MemoryInstruction.UNKNOWN_ADDRESS, decode("48 0f c1 3f").addressAfter(state, 0x99000, 7));
  }

  @ParameterizedTest
  @ValueSource(strings = {"48 0f b1 08", "0f c7 08", "0f c7 0c 10"}) // cmpxchg, cmpxchg8b
  void comparedRegister_isKept_whereItWasEqual_andLostWhereNot(String code) {
    assertEquals(MemoryInstruction.UNKNOWN_ADDRESS, decode(code).addressAfter(state, 0x99000, 8));
    state.rflags |= RFLAGS_ZF;
    assertEquals(decode(code).address(state), decode(code).addressAfter(state, 0x99000, 8));
  }

  @ParameterizedTest
  @CsvSource({
    "48 89 0f, 0x22000, 'mov %rcx, (%rdi)'",
    "88 27, 0x110, 'mov %ah, (%rdi)'",
    "40 88 27, 0x55000, 'mov %spl, (%rdi)'",
    "48 c7 07 ff ff ff ff, -1, 'movq $-1, (%rdi)'",
    "6a 80, -128, push $-128",
    "57, 0x88000, push %rdi",
    "54, 0x55008, push %rsp",
    "48 ab, 0x11000, stosq",
    "a3 00 00 00 00 00 00 00 00, 0x11000, 'movabs %eax, 0'",
    "48 0f b1 0f, 0x11000, 'cmpxchg %rcx, (%rdi), not equal'"
  })
  void valueAfter_isWhatItHasStored(String code, String value, String ignoredText) {
    MemoryInstruction found = decode(code);

    assertTrue(found.isValueKnownAfter());
    assertEquals(Long.decode(value), found.valueAfter(state));
  }

  @Test
  void valueOfCmpxchgThatWasEqual_isTheOperand() {
    state.rflags |= RFLAGS_ZF;

    assertEquals(0x22000, decode("48 0f b1 0f").valueAfter(state));
  }

  @ParameterizedTest
  @ValueSource(strings = {"48 01 07", "0f 11 07", "ff 37", "48 a5", "48 87 07", "c8 10 00 00"})
  void valueThatNoRegisterHoldsAfterwards_isUnknown(String code) {
    assertFalse(decode(code).isValueKnownAfter());
  }

  @ParameterizedTest
  @CsvSource({
    "39 07, 'cmp %eax, (%rdi)'",
    "89 c7, 'mov %eax, %edi'",
    "f0 89 07, a locked mov",
    "66 e8 00 00, a call with prefix 66",
    "64 65 89 07, two segments",
    "48 89, half an instruction",
    "66 66 66 66 66 66 66 66 66 66 66 66 66 66 89 07, 16 bytes"
  })
  void whatStoresNothing_isNotDecoded(String code, String ignoredText) {
    byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));

    assertFalse(decoder.decode(bytes, 0, bytes.length));
  }

  @Test
  void rexBeforeAnotherPrefix_doesNotCount() {
    assertEquals(2, decode("48 66 89 07").size());
  }

  @Test
  void callAndRepeat_areTold() {
    assertTrue(decode("ff d0").isCall());
    assertFalse(decode("50").isCall());
    assertTrue(decode("f3 aa").isRepeated());
    assertFalse(decode("aa").isRepeated());
    assertFalse(decode("f3 89 07").isRepeated());
    assertEquals(RSP, decode("ff d0").addressAfter(state, 0, 0));
  }
}
