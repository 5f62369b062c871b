// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.protocol.Access;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * How many different pages of memory a driver has written, or would have.
 *
 * @param driver its number, 0 for the guest kernel
 * @param pages in which a write of its was judged, or done without asking
 * @param refused those of them in which one was refused, or would have been
 */
public record PagesByWriter(int driver, int pages, int refused) {
  private static final class Pages {
    final Set<Long> all = new HashSet<>();
    final Set<Long> refused = new HashSet<>();
  }

  /** Whoever has written anything, who has written most first. */
  public static List<PagesByWriter> of(List<Operation> operations) {
    Map<Integer, Pages> writers = new TreeMap<>();
    for (Operation operation : operations) {
      if (operation.access() == Access.WRITE) {
        Pages pages = writers.computeIfAbsent(operation.driver(), _ -> new Pages());
        long page = operation.gpa() >>> PageRange.PAGE_SHIFT;
        pages.all.add(page);
        if (!operation.verdict().done() || operation.verdict().isWouldRefuse()) {
          pages.refused.add(page);
        }
      }
    }
    return writers.entrySet().stream()
        .map(
            entry ->
                new PagesByWriter(
                    entry.getKey(), entry.getValue().all.size(), entry.getValue().refused.size()))
        .sorted(Comparator.comparingInt(PagesByWriter::pages).reversed())
        .toList();
  }
}
