// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.writers;

import java.util.List;

/**
 * A module of the kernel's.
 *
 * @param number from 1 on, never given again
 * @param areas its memory, in the order of {@link Section}
 */
public record KernelModule(int number, String name, List<Area> areas) {
  /** What a module's memory is (Linux, enum mod_mem_type). */
  public enum Section {
    TEXT("text", 0),
    DATA("data", 1),
    RODATA("rodata", 2),
    RO_AFTER_INIT("ro-after-init", 3),
    INIT_TEXT("init-text", 4),
    INIT_DATA("init-data", 5),
    INIT_RODATA("init-rodata", 6);

    private final String label;
    private final int number;

    Section(String label, int number) {
      this.label = label;
      this.number = number;
    }

    /** The kernel's number for it. */
    public int number() {
      return number;
    }

    /** Whether it is freed once the module has started. */
    public boolean isForStart() {
      return number >= INIT_TEXT.number;
    }

    /** The name in documents. */
    public String label() {
      return label;
    }
  }

  /**
   * A part of its memory.
   *
   * @param start virtual
   * @param end one past the last byte
   */
  public record Area(Section section, long start, long end) {
    boolean has(long address) {
      return address - start >= 0 && address - end < 0;
    }
  }

  public KernelModule {
    areas = List.copyOf(areas);
  }

  /** Whether the address is in its memory. */
  public boolean has(long address) {
    return areas.stream().anyMatch(area -> area.has(address));
  }
}
