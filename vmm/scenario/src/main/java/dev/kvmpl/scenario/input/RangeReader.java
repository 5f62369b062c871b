// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario.input;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.yaml.YamlException;
import dev.kvmpl.yaml.YamlNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads lists of ranges of kernel memory. */
@SuppressWarnings("exports") // for the packages of this module
public final class RangeReader {
  private static final long PAGES_END = 1L << 52; // more than any CPU has addresses

  public static final List<String> RANGE_KEYS = List.of("start", "length");

  private RangeReader() {}

  /** At most so many ranges; where they may be is the machine's rule. */
  public static List<PageRange> ranges(@Nullable YamlNode node, int most) throws YamlException {
    return ranges(node, most, RANGE_KEYS);
  }

  /** The same where a range's keys have other names. */
  public static List<PageRange> ranges(@Nullable YamlNode node, int most, List<String> names)
      throws YamlException {
    List<PageRange> ranges = new ArrayList<>();
    for (YamlNode item : node == null ? List.<YamlNode>of() : node.list(most)) {
      ranges.add(range(item, item.mapping(names), names));
    }
    return ranges;
  }

  /** One range, by the names of its keys. */
  public static PageRange range(YamlNode item, Map<String, YamlNode> keys, List<String> names)
      throws YamlException {
    YamlNode start = YamlNode.required(item, keys, names.getFirst(), "a range");
    YamlNode length = YamlNode.required(item, keys, names.getLast(), "a range");
    long first = start.number();
    long bytes = length.bytes();
    if (Long.remainderUnsigned(first, PageRange.PAGE_SIZE) != 0) {
      throw start.wrong(
          String.format(
              Locale.ROOT, "is %s, allowed are multiples of 4096 (0x1000)", start.shown()));
    }
    if (bytes <= 0 || bytes % PageRange.PAGE_SIZE != 0) {
      throw length.wrong(
          String.format(
              Locale.ROOT, "is %s, allowed are multiples of 4096 (0x1000)", length.shown()));
    }
    // An end beyond all addresses is outside memory too.
    long from = YamlNode.atMost(first, PAGES_END);
    return new PageRange(from, from + YamlNode.atMost(bytes, PAGES_END));
  }
}
