// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.GuestCode.RAX;
import static dev.kvmpl.tests.support.GuestCode.RBP;
import static dev.kvmpl.tests.support.GuestCode.RBX;
import static dev.kvmpl.tests.support.GuestCode.RCX;
import static dev.kvmpl.tests.support.GuestCode.RDI;
import static dev.kvmpl.tests.support.GuestCode.RDX;
import static dev.kvmpl.tests.support.GuestCode.RSP;

import dev.kvmpl.tests.support.GuestCode;
import java.util.HexFormat;
import java.util.function.BiConsumer;

/** Ways to store, each by another form of instruction; KVM's emulator knows all but the last. */
@SuppressWarnings("ImmutableEnumChecker") // nobody changes a lambda
enum StoreOfForm {
  MOV_2(2, "1122", (code, to) -> code.set(RDI, to).raw("66 89 07")),
  MOV_4(4, "11223344", (code, to) -> code.set(RDI, to).raw("89 07")),
  MOV_8(8, "1122334455667788", (code, to) -> code.set(RDI, to).raw("48 89 07")),
  MOV_IMMEDIATE(8, "4433221100000000", (code, to) -> code.set(RDI, to).raw("48 c7 07 44332211")),
  MOV_INDEXED(
      8,
      "1122334455667788",
      (code, to) -> code.set(RDI, to - 0x110).set(RBX, 0x20).raw("48 89 44 df 10")),
  MOV_ADDRESS_32(
      8, "1122334455667788", (code, to) -> code.set(RDI, to | 0x77L << 32).raw("67 48 89 07")),
  MOV_ABSOLUTE(8, "1122334455667788", (code, to) -> code.raw("48 a3" + hex(to))),
  MOV_SEGMENT_BASE(
      8,
      "1122334455667788",
      (code, to) ->
          code.raw("48 89 c3") // mov %rax, %rbx
              .set(RCX, 0xc0000100L)
              .set(RAX, to - 0x10)
              .raw("31 d2 0f 30") // wrmsr: FS base
              .set(RDI, 0x10)
              .raw("64 48 89 1f")),
  MOV_SELECTOR(2, "1000", (code, to) -> code.set(RDI, to).raw("8c 1f")),
  MOVNTI(8, "1122334455667788", (code, to) -> code.set(RDI, to).raw("48 0f c3 07")),
  MOVUPS(
      16,
      "11223344556677881122334455667788",
      (code, to) -> code.set(RDI, to).raw("50 50 0f 10 04 24 0f 11 07")),
  FNSTCW(2, "7f03", (code, to) -> code.set(RDI, to).raw("d9 3f")),
  PUSH(8, "1122334455667788", (code, to) -> code.set(RSP, to + 8).raw("50")),
  PUSH_2(2, "1122", (code, to) -> code.set(RSP, to + 2).raw("66 50")),
  PUSH_IMMEDIATE(8, "1100000000000000", (code, to) -> code.set(RSP, to + 8).raw("6a 11")),
  PUSH_MEMORY(
      8, "1122334455667788", (code, to) -> code.raw("50 48 89 e6").set(RSP, to + 8).raw("ff 36")),
  PUSH_FLAGS(8, "", (code, to) -> code.set(RSP, to + 8).raw("9c")),
  PUSH_SELECTOR(8, "", (code, to) -> code.set(RSP, to + 8).raw("0f a0")),
  CALL(8, "", (code, to) -> code.set(RSP, to + 8).raw("e8 00000000")),
  CALL_REGISTER(
      8, "", (code, to) -> code.set(RSP, to + 8).raw("48 8d 05 02000000 ff d0")), // to its end
  ENTER(8, "1122334455667788", (code, to) -> code.set(RSP, to + 8).raw("48 89 c5 c8 100000")),
  STOS(8, "1122334455667788", (code, to) -> code.set(RDI, to).raw("48 ab")),
  STOS_DOWN(8, "1122334455667788", (code, to) -> code.set(RDI, to).raw("fd 48 ab")),
  STOS_REPEATED(8, "1122334455667788", (code, to) -> code.set(RDI, to).set(RCX, 1).raw("f3 48 ab")),
  MOVS(8, "1122334455667788", (code, to) -> code.raw("50 48 89 e6").set(RDI, to).raw("48 a5")),
  MOVS_REPEATED_DOWN(
      8,
      "1122334455667788",
      (code, to) -> code.raw("50 48 89 e6").set(RDI, to).set(RCX, 1).raw("fd f3 48 a5")),
  POP(8, "1122334455667788", (code, to) -> code.set(RDI, to).raw("50 8f 07")),
  ADD(8, "1122334455667788", (code, to) -> code.set(RDI, to).raw("48 01 07")),
  LOCK_ADD(4, "11223344", (code, to) -> code.set(RDI, to).raw("f0 01 07")),
  ADD_IMMEDIATE(8, "1100000000000000", (code, to) -> code.set(RDI, to).raw("48 83 07 11")),
  INC(8, "0100000000000000", (code, to) -> code.set(RDI, to).raw("48 ff 07")),
  NOT(8, "ffffffffffffffff", (code, to) -> code.set(RDI, to).raw("48 f7 17")),
  XCHG(8, "1122334455667788", (code, to) -> code.set(RDI, to).raw("48 87 07")),
  XCHG_ITS_ADDRESS(8, "", (code, to) -> code.set(RDI, to).raw("48 87 3f")),
  XADD(8, "1122334455667788", (code, to) -> code.set(RDI, to).raw("f0 48 0f c1 07")),
  XADD_ITS_ADDRESS(8, "", (code, to) -> code.set(RDI, to).raw("48 0f c1 3f")),
  CMPXCHG(
      8,
      "1122334455667788",
      (code, to) -> code.raw("48 89 c1 31 c0").set(RDI, to).raw("f0 48 0f b1 0f")),
  CMPXCHG_UNEQUAL(8, "0000000000000000", (code, to) -> code.set(RDI, to).raw("f0 48 0f b1 0f")),
  CMPXCHG8B(
      8,
      "1122334455667788",
      (code, to) ->
          code.raw("31 c0")
              .set(RDX, 0)
              .set(RBX, 0x44332211)
              .set(RCX, 0x88776655)
              .set(RDI, to)
              .raw("0f c7 0f")),
  BTS_FURTHER_AWAY(
      8,
      "0100000000000000",
      (code, to) -> code.set(RDI, to - 0x100).set(RAX, 0x800).raw("48 0f ab 07")),
  BTR_BACKWARDS(
      4, "00000000", (code, to) -> code.set(RDI, to + 0x100).set(RAX, -0x800).raw("0f b3 07")),
  SHLD(8, "", (code, to) -> code.set(RDI, to).raw("48 0f a4 07 08")),
  SET(1, "01", (code, to) -> code.set(RDI, to).raw("31 c9 0f 94 07")), // xor first: ZF
  MOVQ(8, "1122334455667788", (code, to) -> code.set(RDI, to).raw("50 50 0f 10 04 24 66 0f d6 07"));

  /** What RAX holds at first, and most of them store: 11 22 33 44 55 66 77 88. */
  static final long VALUE = 0x8877665544332211L;

  private final int size;
  private final String stored;
  private final BiConsumer<GuestCode, Long> instructions;

  StoreOfForm(int size, String stored, BiConsumer<GuestCode, Long> instructions) {
    this.size = size;
    this.stored = stored;
    this.instructions = instructions;
  }

  private static String hex(long value) {
    return HexFormat.of().toHexDigits(Long.reverseBytes(value));
  }

  /** Bytes that it stores. */
  int size() {
    return size;
  }

  /** Whether {@link #stored} is known. */
  boolean isKnown() {
    return !stored.isEmpty();
  }

  /** What is there afterwards if there were zeros. */
  byte[] stored() {
    return HexFormat.of().parseHex(stored);
  }

  /** Whether what it stores is made of what was there. */
  boolean isReadModifyWrite() {
    return compareTo(ADD) >= 0 && this != SET && this != MOVQ;
  }

  /** Whether a CPU may store it in several steps. */
  boolean isInSteps() {
    return this == MOVUPS || this == ENTER;
  }

  /** Whether it stores below the stack pointer. */
  boolean usesStack() {
    return compareTo(PUSH) >= 0 && compareTo(ENTER) <= 0;
  }

  /** Code that stores at {@code to}. */
  GuestCode code(long to) {
    GuestCode code = new GuestCode().set(RAX, VALUE).set(RBP, VALUE);
    instructions.accept(code, to);
    return code;
  }
}
