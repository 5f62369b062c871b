// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import dev.kvmpl.memory.PageRange;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Disjoint ranges, which each new one is compared with in logarithmic time. */
final class TakenRanges {
  private final TreeMap<Long, PageRange> byStart = new TreeMap<>();

  /** The range that {@code wanted} overlaps; empty if it is free, and taken now. */
  Optional<PageRange> take(PageRange wanted) {
    Optional<PageRange> other =
        Stream.of(byStart.floorEntry(wanted.start()), byStart.higherEntry(wanted.start()))
            .filter(entry -> entry != null && entry.getValue().overlaps(wanted))
            .map(Map.Entry::getValue)
            .findFirst();
    if (other.isEmpty()) {
      byStart.put(wanted.start(), wanted);
    }
    return other;
  }

  int size() {
    return byStart.size();
  }
}
