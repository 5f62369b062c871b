// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.stores;

import dev.kvmpl.tests.stores.Form.Shape;
import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * One instruction with its registers, and what the two pages are that it may reach.
 *
 * @param registers by the numbers that instructions have for them; RSP is 0 where the case leaves
 *     it to whoever executes it
 * @param code the instruction, in hex
 * @param at where it stores
 * @param bytes how many, all elements of a string together
 */
record StoreCase(
    Form form,
    String code,
    List<Long> registers,
    long rflags,
    long at,
    int bytes,
    PageState first,
    PageState second) {
  /** What a page is for the driver when the instruction comes. */
  enum PageState {
    OPEN,
    CLOSED,
    RESTRICTED,
    OWNED_BY_OTHER;

    boolean isOpened() {
      return this == OPEN || this == CLOSED;
    }
  }

  static final int PAGE = 4096;
  private static final long DIRECTION_FLAG = 1 << 10;
  private static final int RSP = 4;
  private static final int RBP = 5;
  private static final long ARITHMETIC_FLAGS = 0x8d5;
  private static final int RAX = 0;
  private static final int RCX = 1;
  private static final int RDX = 2;
  private static final int RSI = 6;
  private static final int RDI = 7;

  /** How many stores it makes. */
  int elements() {
    return bytes / form.size();
  }

  /** Where the store is that is made as number {@code element}. */
  long addressOf(int element) {
    boolean backwards = (rflags & DIRECTION_FLAG) != 0;
    return at + (long) form.size() * (backwards ? elements() - 1 - element : element);
  }

  /** Whether one of its stores reaches over a page's end. */
  boolean crosses() {
    for (int i = 0; i < elements(); i++) {
      if (addressOf(i) % PAGE + form.size() > PAGE) {
        return true;
      }
    }
    return false;
  }

  /** Whether a store reaches only what the driver has or can be given. */
  boolean isAllowed(int element) {
    return state(addressOf(element)).isOpened()
        && state(addressOf(element) + form.size() - 1).isOpened();
  }

  /** What the page of an address is. */
  PageState state(long address) {
    return address / PAGE % 2 == 0 ? first : second;
  }

  byte[] codeBytes() {
    return HexFormat.of().parseHex(code);
  }

  @Override
  public String toString() {
    return "%s%d [%s] at %#x, %d bytes, %s then %s, registers %s"
        .formatted(
            form.name(),
            form.size() * 8,
            code,
            at,
            bytes,
            first,
            second,
            registers.stream().map(Long::toHexString).collect(Collectors.joining(" ")));
  }

  /**
   * A case of {@code form} anywhere around the end of the first of two pages.
   *
   * @param pages where the first page is; an even page number
   * @param codeAt where the instruction will be
   * @param readable 64 bytes that may be read, for instructions that do
   */
  static StoreCase random(
      Form form, RandomGenerator random, long pages, long codeAt, long readable) {
    return new Maker(form, random, pages, codeAt, readable).make();
  }

  private static final class Maker {
    private final Form form;
    private final RandomGenerator random;
    private final long codeAt;
    private final long readable;
    private final long[] registers = new long[16];
    private final ByteArrayOutputStream code = new ByteArrayOutputStream();
    private final int count;
    private final boolean backwards;
    private final int bytes;
    private final long at;
    private long rflags;

    Maker(Form form, RandomGenerator random, long pages, long codeAt, long readable) {
      this.form = form;
      this.random = random;
      this.codeAt = codeAt;
      this.readable = readable;
      boolean string = form.shape() == Shape.STOS || form.shape() == Shape.MOVS;
      this.count = string && random.nextInt(3) == 0 ? random.nextInt(1, 4) : 0;
      this.backwards = string && random.nextInt(3) == 0;
      this.bytes = form.size() * Math.max(1, count);
      int position =
          switch (random.nextInt(10)) {
            case 0, 1, 2 -> PAGE - bytes; // up to the end
            case 3, 4, 5 -> PAGE; // from the next page's start
            case 6 -> PAGE - bytes + (bytes > 1 ? random.nextInt(1, bytes) : 0); // over the end
            case 7 -> PAGE - bytes - random.nextInt(1, 9);
            case 8 -> PAGE + random.nextInt(1, 9);
            default -> random.nextInt(PAGE - bytes);
          };
      this.at = pages + position;
    }

    StoreCase make() {
      for (int i = 0; i < registers.length; i++) {
        registers[i] = random.nextLong();
      }
      rflags = 2 | (random.nextLong() & ARITHMETIC_FLAGS) | (backwards ? DIRECTION_FLAG : 0);
      registers[RSP] = 0;
      switch (form.shape()) {
        case MODRM, POP_MEMORY -> operand(at);
        case PUSH_MEMORY -> operand(readable);
        case ABSOLUTE -> {
          prefixes(0, false);
          put(at, 8);
        }
        case PUSH_REGISTER -> {
          int register = random.nextInt(16);
          prefixes(0, false, register >> 3);
          byte[] all = code.toByteArray();
          all[all.length - 1] |= (byte) (register & 7);
          code.reset();
          code.writeBytes(all);
        }
        case PUSH -> {
          prefixes(0, false);
          put(form.name().equals("call") ? 0 : random.nextLong(), form.immediate());
        }
        case ENTER -> {
          prefixes(0, false);
          put(random.nextInt(64), 3);
        }
        case STOS, MOVS -> {
          prefixes(count > 0 ? 0xf3 : 0, false);
          registers[RCX] = count;
          registers[RDI] = backwards ? at + bytes - form.size() : at;
          registers[RSI] = backwards ? readable + 32 : readable;
        }
      }
      if (form.isOnStack()) {
        registers[RSP] = at + form.size();
      } else if (form.shape() == Shape.POP_MEMORY) {
        registers[RSP] = readable;
      }
      if (form.name().equals("cmpxchg8b") && random.nextBoolean()) {
        registers[RDX] = registers[RAX] = 0;
      }
      PageState[] states = PageState.values();
      return new StoreCase(
          form,
          HexFormat.of().formatHex(code.toByteArray()),
          LongStream.of(registers).boxed().toList(),
          rflags,
          at,
          bytes,
          states[random.nextInt(states.length)],
          states[random.nextInt(states.length)]);
    }

    private void prefixes(int repeat, boolean address32, int... rexBits) {
      if (address32) {
        code.write(0x67);
      }
      if (random.nextInt(8) == 0) {
        code.write(random.nextBoolean() ? 0x64 : 0x3e); // FS has base 0, DS none
      }
      if (form.word()) {
        code.write(0x66);
      }
      if (repeat != 0) {
        code.write(repeat);
      } else if (form.lockable() && random.nextBoolean()) {
        code.write(0xf0);
      }
      int rex = form.wide() ? 8 : 0;
      for (int bits : rexBits) {
        rex |= bits;
      }
      if (rex != 0 || random.nextInt(4) == 0) {
        code.write(0x40 | rex);
      }
      for (int each : form.opcode()) {
        code.write(each);
      }
    }

    private void put(long value, int bytes) {
      for (int i = 0; i < bytes; i++) {
        code.write((int) (value >>> (i * 8)));
      }
    }

    /** ModRM with what comes after it, and registers that lead to {@code address}. */
    private void operand(long address) {
      boolean shifts =
          (form.opcode().getFirst() & 0xfe) == 0xd2 || (form.immediate() == 0 && isDouble());
      if (shifts) {
        registers[RCX] =
            (registers[RCX] & ~0xffL) | random.nextInt(1, 8); // a shift by 0 stores too
      }
      int value = form.group() == Form.REGISTER ? oneOf(16, false) : form.group();
      boolean address32 = random.nextInt(8) == 0;
      int way = random.nextInt(5);
      int base = oneOf(way == 4 ? 0 : 16, shifts);
      int index = oneOf(16, shifts);
      while (index == base) {
        index = oneOf(16, shifts);
      }
      int scale = random.nextInt(4);
      int rex = form.group() == Form.REGISTER ? (value >> 3) << 2 : 0;
      switch (way) {
        case 0, 1 -> { // base, with a displacement
          int disp = way == 0 ? random.nextInt(-128, 128) : random.nextInt(-1 << 20, 1 << 20);
          registers[base] = address - disp;
          prefixes(0, address32, rex | base >> 3);
          modRm(way == 0 ? 1 : 2, value, base & 7);
          if ((base & 7) == RSP) {
            code.write(0x24); // R12 alone takes a SIB
          }
          put(disp, way == 0 ? 1 : 4);
        }
        case 2 -> { // base and index
          int disp = random.nextInt(-128, 128);
          registers[index] = random.nextInt(1 << 20);
          registers[base] = address - disp - (registers[index] << scale);
          prefixes(0, address32, rex | base >> 3 | (index >> 3) << 1);
          modRm(1, value, 4);
          code.write(scale << 6 | (index & 7) << 3 | (base & 7));
          put(disp, 1);
        }
        case 3 -> { // an address alone
          prefixes(0, address32, rex);
          modRm(0, value, 4);
          code.write(0x25);
          put(address, 4);
        }
        default -> { // relative to RIP
          prefixes(0, false, rex);
          modRm(0, value, 5);
          put(address - (codeAt + code.size() + 4 + form.immediate()), 4);
        }
      }
      boolean count = (form.opcode().getFirst() & 0xfe) == 0xc0 || isDouble();
      put(count ? random.nextInt(1, 8) : random.nextLong(), form.immediate());
    }

    private boolean isDouble() {
      return form.name().equals("shld") || form.name().equals("shrd");
    }

    /** A register: not RSP, which is on loan, nor one that the form counts with. */
    private int oneOf(int bound, boolean shifts) {
      int register = bound == 0 ? RBP : random.nextInt(bound);
      while (register == RSP || (shifts && register == RCX) || isPair(register)) {
        register = random.nextInt(16);
      }
      return register;
    }

    private boolean isPair(int register) {
      return form.name().startsWith("cmpxchg") && (register == RAX || register == RDX);
    }

    private void modRm(int mod, int value, int rm) {
      code.write(mod << 6 | (value & 7) << 3 | rm);
    }
  }
}
