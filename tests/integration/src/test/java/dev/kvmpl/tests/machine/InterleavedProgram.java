// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.vmpl.PagePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A random program for src/test/payloads/interleaving.h, with what the model expects of each of its
 * operations. Processor n has two drivers of VMPLn, one at a time, of which the second one is
 * unloaded when it is done. Processor 0 has the guest kernel.
 */
final class InterleavedProgram {
  /** The 2 MiB, of which the program is about these pages. */
  static final long LARGE = 0x1000000;

  static final List<Long> PAGES =
      List.of(0x1001000L, 0x1002000L, 0x1003000L, 0x1100000L, 0x1101000L, 0x11ff000L);

  private static final long PROGRAM = 0x1600000;
  private static final long OPS = PROGRAM + 10 * Long.BYTES;
  private static final int OP_BYTES = 5 * Long.BYTES;
  private static final long RESULTS = 0x3e1000;

  private static final int KERNEL = 0;
  private static final int PROCESSORS = 4;
  private static final int NOBODY = 0;

  /** With the numbers that they have in interleaving.h. */
  private enum Kind {
    START(0),
    AWAIT(1),
    TAKE(2),
    ADJUST(3),
    QUERY(4),
    STORE(5),
    VALIDATE(6),
    TRANSFER(7),
    PVALIDATE(8),
    PASS_ON(9),
    END(10);

    private final int number;

    Kind(int number) {
      this.number = number;
    }
  }

  /**
   * @param expected the results that there can be
   */
  record Op(int processor, Kind kind, long a, long b, long c, Set<Long> expected) {}

  final List<Op> ops = new ArrayList<>();
  final InterleavedModel model;
  private final Random random;
  private final boolean passingOn;

  /** Of how many of the pages: few, where what counts is that others come between. */
  private final int pages;

  /** The driver of each processor, from 1 on. */
  private final int[] driver = new int[PROCESSORS];

  /**
   * @param passingOn whether levels pass on what they have all the time; else only when it is their
   *     turn
   */
  InterleavedProgram(long seed, int length, boolean passingOn) {
    this.random = new Random(seed);
    this.passingOn = passingOn;
    this.pages = passingOn ? 2 : PAGES.size();
    this.model = new InterleavedModel(PAGES.size(), passingOn);
    if (passingOn) {
      add(KERNEL, Kind.PASS_ON, 1, 0, 0, 0);
    }
    while (ops.size() < length) {
      int processor = random.nextInt(PROCESSORS);
      if (processor == KERNEL || driver[processor] == NOBODY) {
        kernel();
      } else {
        driver(processor);
      }
    }
    for (int processor = 1; processor < PROCESSORS; processor++) {
      if (driver[processor] != NOBODY) {
        end(processor);
      }
    }
    if (passingOn) {
      add(KERNEL, Kind.PASS_ON, 0, 0, 0, 0);
    }
  }

  /** The numbers of a processor's drivers. */
  static int first(int processor) {
    return 2 * processor - 1;
  }

  private void kernel() {
    int processor = 1 + random.nextInt(PROCESSORS - 1);
    if (driver[processor] == NOBODY) {
      start(processor);
    } else if (random.nextInt(12) == 0) {
      add(KERNEL, Kind.TAKE, driver[processor] - 1, 0, 0, 0);
      ended(processor);
    } else if (random.nextInt(3) == 0) {
      store(KERNEL, 1);
    } else if (!passingOn) {
      instruction(KERNEL, 1);
    }
  }

  private void start(int processor) {
    driver[processor] = first(processor) + random.nextInt(2);
    model.start(driver[processor]);
    add(KERNEL, Kind.START, driver[processor] - 1, 0, 0, 0);
    if (passingOn) {
      add(processor, Kind.PASS_ON, 1, 0, 0, 0);
    }
  }

  private void end(int processor) {
    add(processor, Kind.END, 0, 0, 0, 0);
    add(KERNEL, Kind.AWAIT, 0, 0, 0, 0);
    ended(processor);
  }

  private void ended(int processor) {
    model.end(processor, driver[processor], driver[processor] != first(processor));
    driver[processor] = NOBODY;
  }

  private void driver(int processor) {
    int page = random.nextInt(pages);
    switch (random.nextInt(12)) {
      case 0 -> end(processor);
      case 1, 2, 3, 4, 5 -> store(processor, processor);
      case 6 -> validate(processor, page);
      case 7 -> {
        int to = 1 + random.nextInt(2 * (PROCESSORS - 1));
        long result = model.transfer(driver[processor], page, to);
        add(processor, Kind.TRANSFER, PAGES.get(page), to, 0, result);
      }
      case 8 -> pvalidate(processor, page);
      default -> {
        if (!passingOn) {
          instruction(processor, processor);
        }
      }
    }
  }

  private void validate(int processor, int page) {
    int access = random.nextInt(3);
    int permissions =
        switch (access) {
          case 0 -> PagePermissions.READ | PagePermissions.WRITE;
          case 1 -> PagePermissions.READ;
          default -> PagePermissions.READ_EXECUTE;
        };
    long result = model.validate(processor, driver[processor], page, permissions);
    add(processor, Kind.VALIDATE, PAGES.get(page), access, 0, result);
  }

  private void pvalidate(int processor, int page) {
    boolean valid = random.nextInt(3) != 0;
    long entry = valid ? Abi.SVSM_PVALIDATE_VALIDATE() : 0;
    if (random.nextInt(4) == 0) {
      long result = model.pvalidateLarge(driver[processor], valid);
      add(processor, Kind.PVALIDATE, LARGE | entry | 1, 0, 0, result);
    } else {
      long result = model.pvalidate(driver[processor], page, valid);
      add(processor, Kind.PVALIDATE, PAGES.get(page) | entry, 0, 0, result);
    }
  }

  private void store(int processor, int level) {
    int page = random.nextInt(pages);
    long data = ops.size() + 1L;
    Set<Long> expected = model.store(level, driver[processor], page, data);
    ops.add(new Op(processor, Kind.STORE, PAGES.get(page), data, 0, expected));
  }

  /** RMPADJUST or RMPQUERY, now and then of a level that is not below. */
  private void instruction(int processor, int caller) {
    int page = random.nextInt(pages);
    int level = random.nextInt(5);
    int permissions = random.nextInt(16);
    long rdx = level | (long) permissions << Abi.RMP_PERMISSIONS_SHIFT();
    if (random.nextInt(3) == 0) {
      add(processor, Kind.QUERY, PAGES.get(page), level, 0, model.query(caller, page, level));
    } else if (random.nextInt(6) == 0) {
      add(processor, Kind.ADJUST, LARGE, 1, rdx, model.adjustLarge(caller, level, permissions));
    } else {
      long result = model.adjust(caller, page, level, permissions);
      add(processor, Kind.ADJUST, PAGES.get(page), 0, rdx, result);
    }
  }

  private void add(int processor, Kind kind, long a, long b, long c, long expected) {
    ops.add(new Op(processor, kind, a, b, c, Set.of(expected)));
  }

  void write(GuestMemory memory) {
    memory.putLong(PROGRAM, ops.size());
    memory.putLong(PROGRAM + Long.BYTES, pages);
    for (int i = 0; i < pages; i++) {
      memory.putLong(PROGRAM + (2L + i) * Long.BYTES, PAGES.get(i));
    }
    long at = OPS;
    for (Op op : ops) {
      memory.putLong(at, op.processor());
      memory.putLong(at + 8, op.kind().number);
      memory.putLong(at + 16, op.a());
      memory.putLong(at + 24, op.b());
      memory.putLong(at + 32, op.c());
      at += OP_BYTES;
    }
  }

  long result(GuestMemory memory, int index) {
    return memory.getLong(RESULTS + (long) index * Long.BYTES);
  }
}
