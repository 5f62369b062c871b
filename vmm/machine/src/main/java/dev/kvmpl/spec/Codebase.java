// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import dev.kvmpl.memory.PageRange;
import java.util.List;

/**
 * Code at VMPL0 that decides for some of kernel memory. It is measured when it is loaded and again
 * before each use, so it may not have anything that can be written.
 *
 * @param name for people
 * @param decides ranges that are in no other codebase's
 */
public record Codebase(String name, PayloadImage payload, List<PageRange> decides) {
  public Codebase {
    decides = List.copyOf(decides);
    if (payload.writable()) {
      throw new IllegalArgumentException("codebase " + name + " has a segment that is writable");
    }
  }
}
