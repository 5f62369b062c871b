// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import java.util.ArrayList;
import java.util.List;

/**
 * What an ownership map has to do, in the simplest way: an owner a page. Results are those of the C
 * functions.
 */
final class OwnershipModel {
  private static final long INVALID_ADDRESS = 0x80000003L;
  private static final long INVALID_PARAMETER = 0x80000005L;

  private final long base;
  private final int[] owners;

  /** Of {@code pages} pages from {@code base} on, all nobody's. */
  OwnershipModel(long base, int pages) {
    this.base = base;
    this.owners = new int[pages];
  }

  long apply(OwnershipMachine.Operation operation) {
    int driver = operation.driver();
    int start = page(operation.start());
    int end = page(operation.end());
    return switch (operation.kind()) {
      case OWNER_OF -> owners[start];
      case OTHER_OWNER -> other(start, end, driver);
      case DESIGNATE -> designate(start, end, driver);
      case TRANSFER -> transfer(start, end, driver, operation.to());
      case RELEASE -> release(driver);
    };
  }

  private int page(long gpa) {
    return Math.toIntExact((gpa - base) / PageRange.PAGE_SIZE);
  }

  private int other(int start, int end, int driver) {
    for (int page = start; page < end; page++) {
      if (owners[page] != 0 && owners[page] != driver) {
        return owners[page];
      }
    }
    return 0;
  }

  private long designate(int start, int end, int driver) {
    if (start >= end || driver == 0) {
      return INVALID_PARAMETER;
    }
    return other(start, end, driver) != 0
        ? Verdict.OWNED_BY_OTHER.code()
        : assign(start, end, driver);
  }

  private long transfer(int start, int end, int from, int to) {
    if (start >= end || from == 0 || to == 0) {
      return INVALID_PARAMETER;
    }
    for (int page = start; page < end; page++) {
      if (owners[page] != from) {
        return owners[page] == 0 ? INVALID_ADDRESS : Verdict.OWNED_BY_OTHER.code();
      }
    }
    return assign(start, end, to);
  }

  private long assign(int start, int end, int driver) {
    java.util.Arrays.fill(owners, start, end, driver);
    return 0;
  }

  private long release(int driver) {
    for (int page = 0; page < owners.length; page++) {
      if (owners[page] == driver) {
        owners[page] = 0;
      }
    }
    return 0;
  }

  /** The map: neighbours of one driver are one entry. */
  List<Ownership> entries() {
    List<Ownership> entries = new ArrayList<>();
    for (int page = 0; page < owners.length; page++) {
      int first = page;
      while (page + 1 < owners.length && owners[page + 1] == owners[first]) {
        page++;
      }
      if (owners[first] != 0) {
        entries.add(
            new Ownership(
                new PageRange(
                    base + (long) first * PageRange.PAGE_SIZE,
                    base + (page + 1L) * PageRange.PAGE_SIZE),
                owners[first]));
      }
    }
    return entries;
  }
}
