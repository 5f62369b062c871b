// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.vmpl;

import java.util.Arrays;
import java.util.function.LongUnaryOperator;

/**
 * The published rules of RMPADJUST, RMPQUERY and PVALIDATE, written down a second time, as plainly
 * as can be and with numbers for names: AMD manual volume 2, 15.36, and volume 3. What the database
 * and guests on KVM are compared with.
 */
final class PublishedRules {
  enum Instruction {
    RMPADJUST,
    RMPQUERY,
    PVALIDATE
  }

  /**
   * What an instruction does to the vCPU.
   *
   * @param vector of the exception that it raises, 0 for none
   * @param error the exception's error code
   * @param carry RFLAGS.CF
   */
  record Effect(int vector, int error, long rax, long rcx, long rdx, boolean carry) {
    boolean isOk() {
      return vector == 0 && rax == OK;
    }
  }

  static final int OK = 0;
  static final int FAIL_INPUT = 1;
  static final int FAIL_PERMISSION = 2;
  static final int FAIL_SIZEMISMATCH = 6;
  private static final int GP = 13;
  private static final int VC = 29;
  private static final int PAGE_NOT_VALIDATED = 0x404;
  private static final long UNMAPPED = -1;

  static final long LARGE_SIZE = 2 << 20;
  private static final int LARGE_PAGES = 512;

  final int[][] permissions; // [page][level]
  final boolean[] validated;
  final boolean[] vmsa;
  final boolean[] large;
  private final LongUnaryOperator translate;

  /**
   * The state after a launch.
   *
   * @param translate a guest-virtual address to a guest-physical one, or -1
   */
  PublishedRules(int pages, LongUnaryOperator translate) {
    permissions = new int[pages][];
    for (int page = 0; page < pages; page++) {
      permissions[page] = new int[] {0xf, 0, 0, 0};
    }
    validated = new boolean[pages];
    Arrays.fill(validated, true);
    vmsa = new boolean[pages];
    large = new boolean[pages];
    this.translate = translate;
  }

  /** What a level can do with a page: nothing that is not validated. */
  int access(int page, int level) {
    return validated[page] ? permissions[page][level] : 0;
  }

  Effect execute(Instruction instruction, int level, long rax, long rcx, long rdx) {
    return switch (instruction) {
      case RMPADJUST -> adjust(level, rax, rcx, rdx);
      case RMPQUERY -> query(level, rax, rcx, rdx);
      case PVALIDATE -> validate(level, rax, rcx, rdx);
    };
  }

  private Effect adjust(int level, long rax, long rcx, long rdx) {
    int target = (int) (rdx & 0xff);
    int wanted = (int) (rdx >> 8 & 0xf);
    if (!isPage(rax, rcx)) {
      return new Effect(0, 0, FAIL_INPUT, rcx, rdx, false);
    }
    if (target > 3 || target <= level) {
      return new Effect(0, 0, FAIL_PERMISSION, rcx, rdx, false);
    }
    int page = pageOf(rax);
    if (rcx == 0) {
      split(page);
    }
    if (!validated[page]) {
      return new Effect(VC, PAGE_NOT_VALIDATED, rax, rcx, rdx, false);
    }
    if (rcx == 1 && !large[page]) {
      return new Effect(0, 0, FAIL_SIZEMISMATCH, rcx, rdx, false);
    }
    if ((wanted & ~permissions[page][level]) != 0) {
      return new Effect(0, 0, FAIL_PERMISSION, rcx, rdx, false);
    }
    for (int i = page; i < page + pages(rcx); i++) {
      permissions[i][target] = wanted;
      if (level == 0) {
        vmsa[i] = (rdx >> 16 & 1) == 1;
      }
    }
    return new Effect(0, 0, OK, rcx, rdx, false);
  }

  private Effect query(int level, long rax, long rcx, long rdx) {
    int target = (int) (rdx & 0xff);
    if (!isPage(rax, 0)) {
      return new Effect(0, 0, FAIL_INPUT, rcx, rdx, false);
    }
    if (target > 3 || target < level) {
      return new Effect(0, 0, FAIL_PERMISSION, rcx, rdx, false);
    }
    int page = pageOf(rax);
    if (!validated[page]) {
      return new Effect(VC, PAGE_NOT_VALIDATED, rax, rcx, rdx, false);
    }
    long state = target | (long) permissions[page][target] << 8 | (vmsa[page] ? 1 << 16 : 0);
    return new Effect(0, 0, OK, large[page] ? 1 : 0, state, false);
  }

  private Effect validate(int level, long rax, long rcx, long rdx) {
    long size = rcx & 0xffffffffL;
    boolean wanted = (rdx & 1) == 1;
    if (level != 0) {
      return new Effect(GP, 0, rax, rcx, rdx, false);
    }
    if (!isPage(rax, size)) {
      return new Effect(0, 0, FAIL_INPUT, rcx, rdx, false);
    }
    int page = pageOf(rax);
    if (size == 0) {
      split(page);
    } else if (!large[page]) {
      return new Effect(0, 0, FAIL_SIZEMISMATCH, rcx, rdx, false);
    }
    boolean changed = validated[page] != wanted;
    for (int i = page; i < page + pages(size); i++) {
      validated[i] = wanted;
    }
    return new Effect(0, 0, OK, rcx, rdx, !changed);
  }

  /** A 4 KiB operation on a 2 MiB entry: the hypervisor splits it and the guest tries again. */
  private void split(int page) {
    if (large[page]) {
      int first = page / LARGE_PAGES * LARGE_PAGES;
      Arrays.fill(large, first, first + LARGE_PAGES, false);
    }
  }

  private boolean isPage(long address, long size) {
    long bytes = size == 1 ? LARGE_SIZE : 4096;
    long gpa = translate.applyAsLong(address);
    return (size == 0 || size == 1)
        && gpa != UNMAPPED
        && gpa >= 0
        && gpa % bytes == 0
        && gpa + bytes <= validated.length * 4096L;
  }

  int pageOf(long address) {
    return (int) (translate.applyAsLong(address) / 4096);
  }

  static int pages(long size) {
    return size == 1 ? LARGE_PAGES : 1;
  }
}
