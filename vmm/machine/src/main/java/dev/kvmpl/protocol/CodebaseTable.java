// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_codebase;
import dev.kvmpl.bindings.abi.kvmpl_codebase_range;
import dev.kvmpl.bindings.abi.kvmpl_codebases;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The registry of codebases in VMPL0's memory: which decides where, and what each was when it was
 * loaded. Written once, before launch.
 */
public final class CodebaseTable {
  /** The most codebases of one machine. */
  public static final int CODEBASES_MAX = Abi.KVMPL_CODEBASES_MAX();

  /** The most ranges that they decide for in all. */
  public static final int RANGES_MAX = Abi.KVMPL_CODEBASE_RANGES_MAX();

  /** Bytes of the whole table. */
  public static final long BYTES = kvmpl_codebases.sizeof();

  private CodebaseTable() {}

  /**
   * A codebase in memory.
   *
   * @param id from 1 on
   * @param image guest-physical address of its first byte
   * @param size bytes, all of which are measured
   * @param entry guest-virtual address
   */
  public record Entry(int id, long image, int size, long entry) {}

  /** Pages, and the identifier of the codebase that decides for them. */
  public record Decides(PageRange range, int id) {}

  /**
   * Whether the table has room.
   *
   * @throws IllegalArgumentException if not; the message says how many there are and may be
   */
  public static void checkRoom(int codebases, int ranges) {
    if (codebases > CODEBASES_MAX) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%d codebases, allowed are %d", codebases, CODEBASES_MAX));
    }
    if (ranges > RANGES_MAX) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "codebases with %d ranges, allowed are %d", ranges, RANGES_MAX));
    }
  }

  /** Writes the table, measuring each codebase as it is in memory now. */
  public static void write(
      GuestMemory memory, long table, List<Entry> entries, List<Decides> ranges) {
    checkRoom(entries.size(), ranges.size());
    memory.putLong(table + kvmpl_codebases.count$offset(), entries.size());
    memory.putLong(table + kvmpl_codebases.range_count$offset(), ranges.size());
    long at = table + kvmpl_codebases.entries$offset();
    for (Entry entry : entries) {
      memory.putLong(at + kvmpl_codebase.id$offset(), entry.id());
      memory.putLong(at + kvmpl_codebase.image$offset(), entry.image());
      memory.putLong(at + kvmpl_codebase.size$offset(), entry.size());
      memory.putLong(at + kvmpl_codebase.entry$offset(), entry.entry());
      memory.write(
          at + kvmpl_codebase.measurement$offset(),
          measure(memory.read(entry.image(), entry.size())));
      at += kvmpl_codebase.sizeof();
    }
    at = table + kvmpl_codebases.ranges$offset();
    for (Decides decides :
        ranges.stream().sorted(Comparator.comparingLong(d -> d.range().start())).toList()) {
      memory.putLong(at + kvmpl_codebase_range.start$offset(), decides.range().start());
      memory.putLong(at + kvmpl_codebase_range.end$offset(), decides.range().end());
      memory.putLong(at + kvmpl_codebase_range.codebase$offset(), decides.id());
      at += kvmpl_codebase_range.sizeof();
    }
  }

  private static byte[] measure(byte[] image) {
    try {
      return MessageDigest.getInstance("SHA-384").digest(image);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-384 but this", e);
    }
  }
}
