// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.MemoryLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads lists of ranges of kernel memory. */
final class RangeReader {
  static final List<String> RANGE_KEYS = List.of("start", "length");

  private RangeReader() {}

  /**
   * At most so many ranges of kernel memory; none may overlap one in {@code taken}, to which they
   * are added.
   */
  static List<PageRange> ranges(@Nullable YamlNode node, long memory, TakenRanges taken, int most)
      throws ScenarioException {
    return ranges(node, memory, taken, most, RANGE_KEYS);
  }

  /** The same where a range's keys have other names. */
  static List<PageRange> ranges(
      @Nullable YamlNode node, long memory, TakenRanges taken, int most, List<String> names)
      throws ScenarioException {
    List<PageRange> ranges = new ArrayList<>();
    for (YamlNode item : node == null ? List.<YamlNode>of() : node.list(most)) {
      Map<String, YamlNode> keys = item.mapping(names);
      YamlNode start = YamlNode.required(item, keys, names.getFirst(), "a range");
      YamlNode length = YamlNode.required(item, keys, names.getLast(), "a range");
      long first = start.number();
      long bytes = length.bytes();
      if (first % PageRange.PAGE_SIZE != 0) {
        throw start.wrong(
            String.format(
                Locale.ROOT, "is %s, allowed are multiples of 4096 (0x1000)", start.shown()));
      }
      if (bytes <= 0 || bytes % PageRange.PAGE_SIZE != 0) {
        throw length.wrong(
            String.format(
                Locale.ROOT, "is %s, allowed are multiples of 4096 (0x1000)", length.shown()));
      }
      if (first < MemoryLayout.PAYLOADS.kernelMemory()
          || first > memory
          || bytes > memory - first) {
        throw item.complain(
            String.format(
                Locale.ROOT,
                "range %s, length %s, is outside kernel memory, allowed is %#x to %#x",
                start.shown(),
                length.shown(),
                MemoryLayout.PAYLOADS.kernelMemory(),
                memory));
      }
      PageRange range = new PageRange(first, first + bytes);
      Optional<PageRange> other = taken.take(range);
      if (other.isPresent()) {
        throw item.complain(
            String.format(
                Locale.ROOT,
                "range %s overlaps %s, allowed are disjoint ranges",
                range,
                other.get()));
      }
      ranges.add(range);
    }
    return ranges;
  }
}
