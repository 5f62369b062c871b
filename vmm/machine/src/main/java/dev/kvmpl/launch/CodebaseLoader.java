// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.launch;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.CodebaseTable;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.spec.Codebase;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts codebases into VMPL0's memory, above the validator, where no other level sees them, and
 * registers each with its measurement.
 */
final class CodebaseLoader {
  private CodebaseLoader() {}

  /** Bytes that the codebases take, in whole pages. */
  static long footprint(List<Codebase> codebases) {
    return codebases.stream().mapToLong(codebase -> codebase.payload().footprint()).sum();
  }

  /**
   * Loads them in their order, which gives them their identifiers, from 1 on.
   *
   * @param at a page's start with room for all of them
   * @return where the registry is, 0 if there are none: then there is no registry
   */
  static long load(GuestMemory memory, MemoryLayout layout, List<Codebase> codebases, long at) {
    if (codebases.isEmpty()) {
      return 0;
    }
    List<CodebaseTable.Entry> entries = new ArrayList<>();
    List<CodebaseTable.Decides> ranges = new ArrayList<>();
    long image = at;
    for (Codebase codebase : codebases) {
      int id = entries.size() + 1;
      PayloadImage payload = codebase.payload();
      long entry = payload.load(memory, image);
      entries.add(new CodebaseTable.Entry(id, image, Math.toIntExact(payload.size()), entry));
      for (PageRange range : codebase.decides()) {
        ranges.add(new CodebaseTable.Decides(range, id));
      }
      image += payload.footprint();
    }
    long table = layout.of(Vmpl.VMPL0).codebases();
    CodebaseTable.write(memory, table, entries, ranges);
    return table;
  }
}
