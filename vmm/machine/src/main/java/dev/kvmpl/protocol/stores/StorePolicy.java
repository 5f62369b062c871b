// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol.stores;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_store_area;
import dev.kvmpl.bindings.abi.kvmpl_store_policy;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import java.util.Comparator;
import java.util.List;

/**
 * VMPL0's table of what is closed in the memory of a kernel whose drivers are its own code, and of
 * what is answered whom. VMPL1 can read it and not write it.
 */
public final class StorePolicy {
  /** The most kinds of areas. */
  public static final int KINDS = Abi.KVMPL_STORE_KINDS();

  /** The most rows: who stores. */
  public static final int ROWS = Abi.KVMPL_STORE_ROWS();

  /** The most areas. */
  public static final int AREAS_MAX = Abi.KVMPL_STORE_AREAS_MAX();

  private static final long TABLE = Abi.KVMPL_STORE_POLICY_GPA();
  private static final long GENERATION = TABLE + kvmpl_store_policy.generation$offset();

  private StorePolicy() {}

  /**
   * Memory that is closed.
   *
   * @param kind a column of the answers
   * @param owner the module whose it is, 0 for the kernel's
   */
  public record Area(PageRange range, int kind, int owner) {}

  /** What the answers are, of {@link StoreAnswer}. */
  @FunctionalInterface
  public interface Answers {
    /** What is answered who stores in an area of that kind. */
    StoreAnswer of(int kind, int row);
  }

  /**
   * Writes all of it; VMPL0 may be looking at it meanwhile.
   *
   * @param areas disjoint, at most {@link #AREAS_MAX}
   */
  public static void write(GuestMemory memory, List<Area> areas, Answers answers) {
    if (areas.size() > AREAS_MAX) {
      throw new IllegalArgumentException(areas.size() + " closed areas, allowed are " + AREAS_MAX);
    }
    long generation = memory.getLong(GENERATION);
    memory.putLong(GENERATION, generation + 1);
    for (int kind = 0; kind < KINDS; kind++) {
      for (int row = 0; row < ROWS; row++) {
        long at = TABLE + kvmpl_store_policy.answers$offset() + (long) kind * ROWS + row;
        memory.store(at, Byte.BYTES, answers.of(kind, row).number());
      }
    }
    long at = TABLE + kvmpl_store_policy.areas$offset();
    for (Area area :
        areas.stream().sorted(Comparator.comparingLong(a -> a.range().start())).toList()) {
      memory.putLong(at + kvmpl_store_area.start$offset(), area.range().start());
      memory.putLong(at + kvmpl_store_area.end$offset(), area.range().end());
      memory.putInt(at + kvmpl_store_area.kind$offset(), area.kind());
      memory.putInt(at + kvmpl_store_area.owner$offset(), area.owner());
      at += kvmpl_store_area.sizeof();
    }
    memory.putLong(TABLE + kvmpl_store_policy.count$offset(), areas.size());
    memory.putLong(GENERATION, generation + 2);
  }
}
