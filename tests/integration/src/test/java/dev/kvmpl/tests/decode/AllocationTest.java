// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.kvmpl.decode.MemoryInstruction;
import dev.kvmpl.decode.Operands;
import dev.kvmpl.decode.PageWalk;
import dev.kvmpl.memory.GuestMemory;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Decoding is done at every exit that an attempt is: it makes no garbage, whatever is decoded. */
class AllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final RandomState STATE = new RandomState(new Random(1));

  /**
   * Bytes that the action allocates each time. The virtual machine may do so on any thread, but not
   * every time.
   */
  private static long allocatedBy(Runnable action) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      action.run();
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    return least;
  }

  /** Decodes every one, and asks for what is asked for at an exit; how many are known. */
  private static long decodeAll(Operands operands, byte[][] codes) {
    long known = 0;
    for (byte[] code : codes) {
      if (operands.decode(code, 0, code.length)) {
        known++;
        for (int i = 0; i < operands.count(); i++) {
          MemoryInstruction operand = operands.operand(i);
          long address = operand.address(STATE);
          if (operands.isStore(i)) {
            address += operand.addressAfter(STATE, address, operand.size());
            address += operand.isValueKnown() ? operand.value(STATE) : 0;
          }
          known += address == 1 && operand.isOver(STATE) ? 1 : 0;
        }
      }
    }
    return known;
  }

  @Test
  void decoding_ofEveryEncodingThereIs_allocatesNothing() {
    List<byte[]> all = new ArrayList<>();
    Encoding.each(encoding -> all.add(encoding.bytes(true)));
    byte[][] codes = all.toArray(byte[][]::new);
    Operands operands = new Operands();

    assertEquals(0, allocatedBy(() -> decodeAll(operands, codes)));
    long known = decodeAll(operands, codes);
    assertTrue(known > 10_000, known + " of " + codes.length + " are known");
  }

  @Test
  void walk_overFourTables_allocatesNothing() {
    try (GuestMemory memory = GuestMemory.allocate(0x10000)) {
      for (long table = 0x1000; table < 0x5000; table += 0x1000) {
        memory.putLong(table, (table + 0x1000) | 1);
      }
      PageWalk walk = new PageWalk(memory);
      walk.from(0x1000);

      assertEquals(0x5000, walk.to(0));
      assertEquals(0, allocatedBy(() -> walk.to(0)));
    }
  }
}
