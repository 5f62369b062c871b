// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.trace.Trace;
import java.util.HashMap;
import java.util.Map;

/**
 * The pages that are open for drivers although they would be refused, and whose they are: what a
 * driver does there later asks nobody. Empty where refusals are enforced.
 */
final class WatchedPages {
  /** A page that is open for a driver. */
  private record Page(int driver, long number) {}

  private final Map<Page, Integer> owners = new HashMap<>();

  /** Something was judged. */
  void judged(Operation operation) {
    Page page = page(operation.driver(), operation.gpa());
    if (operation.verdict().isWouldRefuse() && owners.size() < Trace.EVENTS_MAX) {
      owners.put(page, operation.owner());
    } else if (!owners.isEmpty()) {
      owners.remove(page);
    }
  }

  /** Whose the page is on which a driver does something without asking: as a rule its own. */
  int ownerOf(int driver, long gpa) {
    return owners.isEmpty() ? driver : owners.getOrDefault(page(driver, gpa), driver);
  }

  private static Page page(int driver, long gpa) {
    return new Page(driver, gpa >>> PageRange.PAGE_SHIFT);
  }
}
