// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;

/**
 * Where things are in a machine's guest-physical memory. Addresses are guest-physical, sizes in
 * bytes.
 *
 * @param levels each level's area, by the levels' numbers
 * @param rmpCopy what VMPL0 is told of the permissions database, which nobody else may read
 * @param tables what VMPL0 decides by
 * @param kernelMemory the first byte of the memory that the levels share: it goes on to the end
 */
public record MemoryLayout(
    List<LevelLayout> levels, long rmpCopy, TablesLayout tables, long kernelMemory) {
  /** Size of a large page: identity maps are made of them, so memory is a multiple. */
  public static final long LARGE_PAGE = 2 << 20;

  /** In so many different large pages hidden memory can be with detection fault. */
  public static final int HIDDEN_MAX = 32;

  /** Below the addresses that a PC's interrupt controllers and firmware have. */
  public static final long MEMORY_MAX = 3L << 30;

  /** That of {@code abi.h}, for which kvmpl's payloads are made. */
  public static final MemoryLayout PAYLOADS =
      new MemoryLayout(
          List.of(
              new LevelLayout(
                  Abi.KVMPL_VMPL0_BASE(), Abi.KVMPL_VMPL0_BASE(), Abi.KVMPL_VMPL0_END()),
              // VMPL1's area is counted from 0; its page 0 is never mapped.
              new LevelLayout(0, Abi.KVMPL_VMPL1_BASE(), Abi.KVMPL_VMPL1_END()),
              new LevelLayout(
                  Abi.KVMPL_VMPL2_BASE(), Abi.KVMPL_VMPL2_BASE(), Abi.KVMPL_VMPL2_END()),
              new LevelLayout(
                  Abi.KVMPL_VMPL3_BASE(), Abi.KVMPL_VMPL3_BASE(), Abi.KVMPL_VMPL3_END())),
          Abi.KVMPL_RMP_GPA(),
          new TablesLayout(
              new PageRange(Abi.KVMPL_TABLES_BASE(), Abi.KVMPL_KERNEL_MEMORY_BASE()),
              Abi.KVMPL_RESTRICTED_GPA(),
              Abi.KVMPL_OWNERSHIP_GPA(),
              Abi.KVMPL_PERMISSIONS_GPA(),
              Abi.KVMPL_PROTECTED_GPA()),
          Abi.KVMPL_KERNEL_MEMORY_BASE());

  /** A layout whose lists nobody changes. */
  public MemoryLayout {
    levels = List.copyOf(levels);
  }

  /** A level's area. */
  public LevelLayout of(Vmpl level) {
    return levels.get(level.number());
  }

  /** The least memory: the areas, and a large page of kernel memory. */
  public long memoryMin() {
    return kernelMemory + LARGE_PAGE;
  }

  /** Bytes for the images of all levels. */
  public long imagesMax() {
    return levels.stream().mapToLong(LevelLayout::imageRoom).sum();
  }

  /** Bytes of the level that has the most room for images. */
  public long imageMax() {
    return levels.stream().mapToLong(LevelLayout::imageRoom).max().orElse(0);
  }
}
