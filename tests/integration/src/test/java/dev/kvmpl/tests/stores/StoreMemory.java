// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.stores;

import static dev.kvmpl.tests.stores.StoreCase.PAGE;

import dev.kvmpl.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Where a batch of cases is in memory; store_cases.h has its C side. The same in the machine that
 * is tested and in the one that it is compared with.
 */
final class StoreMemory {
  static final long SIZE = 24 << 20;

  /** The most cases in a batch. */
  static final int BATCH = 48;

  /** What instructions may read. */
  static final long READABLE = 0x1000000;

  static final long CASES = 0x1001000;
  static final long RESULTS = 0x1010000;
  private static final long PAGES = 0x1100000;

  static final int RECORD = 256;
  private static final int CODE = 0;
  private static final int REGISTERS = 64;
  private static final int RFLAGS = 192;
  private static final int OPEN = 200;
  private static final int RESULT_EXECUTED = 0;
  private static final int RESULT_ERROR = 8;
  private static final int RESULT_REGISTERS = 16;
  private static final int RESULT_RFLAGS = 144;
  private static final int RESULT_RESERVED = 152;

  private static final int JMP_INDIRECT = 0x25ff;
  private static final int JMP_BYTES = 6;

  private StoreMemory() {}

  static long codeOf(int index) {
    return CASES + (long) index * RECORD + CODE;
  }

  /** The first of the two pages of a case. */
  static long pagesOf(int index) {
    return PAGES + 2L * PAGE * index;
  }

  /**
   * Writes the cases, with random bytes in their pages.
   *
   * @param moreFlags besides those of the cases
   */
  static void write(
      GuestMemory memory, List<StoreCase> cases, long moreFlags, RandomGenerator random) {
    byte[] bytes = new byte[PAGE];
    random.nextBytes(bytes);
    memory.write(READABLE, bytes);
    for (int i = 0; i < cases.size(); i++) {
      StoreCase each = cases.get(i);
      long code = codeOf(i);
      memory.write(code, each.codeBytes());
      long jump = code + each.codeBytes().length;
      memory.store(jump, Short.BYTES, JMP_INDIRECT);
      memory.putInt(jump + Short.BYTES, (int) (RESULTS - (jump + JMP_BYTES)));
      long at = CASES + (long) i * RECORD;
      for (int n = 0; n < each.registers().size(); n++) {
        memory.putLong(at + REGISTERS + n * 8L, each.registers().get(n));
      }
      memory.putLong(at + RFLAGS, each.rflags() | moreFlags);
      memory.putLong(
          at + OPEN, each.first() == StoreCase.PageState.OPEN ? pagesOf(i) + PAGE / 2 : 0);
      memory.putLong(
          at + OPEN + 8,
          each.second() == StoreCase.PageState.OPEN ? pagesOf(i) + PAGE + PAGE / 2 : 0);
      for (int page = 0; page < 2; page++) {
        random.nextBytes(bytes);
        memory.write(pagesOf(i) + (long) page * PAGE, bytes);
      }
    }
  }

  static byte[] pages(GuestMemory memory, int index) {
    return memory.read(pagesOf(index), 2 * PAGE);
  }

  /**
   * What the driver has found after a case.
   *
   * @param registers by their numbers
   */
  record Result(boolean executed, long error, List<Long> registers, long rflags) {}

  static Result result(GuestMemory memory, int index) {
    long at = RESULTS + (index + 1L) * RECORD;
    List<Long> registers = new ArrayList<>();
    for (int n = 0; n < 16; n++) {
      registers.add(memory.getLong(at + RESULT_REGISTERS + n * 8L));
    }
    return new Result(
        memory.getLong(at + RESULT_EXECUTED) == 1,
        memory.getLong(at + RESULT_ERROR),
        registers,
        memory.getLong(at + RESULT_RFLAGS));
  }

  static {
    assert RESULT_RESERVED < RECORD && CASES + BATCH * RECORD < RESULTS;
  }
}
