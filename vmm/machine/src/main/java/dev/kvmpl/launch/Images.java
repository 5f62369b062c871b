// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.launch;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.protocol.LevelLayout;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.vmpl.Vmpl;

/** Puts images into their levels' memory. */
final class Images {
  private Images() {}

  /**
   * Loads a level's kernel, with {@code above} bytes to come above it.
   *
   * @return its entry point
   */
  static long load(
      GuestMemory memory, MemoryLayout memoryLayout, Vmpl level, PayloadImage kernel, long above)
      throws PayloadsTooLargeException {
    LevelLayout layout = memoryLayout.of(level);
    checkRoom(layout, level, kernel.footprint() + above);
    return kernel.load(memory, layout.images());
  }

  /** Whether there is room for so many bytes. */
  static void checkRoom(LevelLayout layout, Vmpl level, long needed)
      throws PayloadsTooLargeException {
    if (needed > layout.imageRoom()) {
      throw new PayloadsTooLargeException(level, needed, layout.imageRoom());
    }
  }
}
