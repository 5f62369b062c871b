// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.result;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** Results as they are stored. */
public final class StoredResults {
  private StoredResults() {}

  /** Several of them as one. */
  public static String all(String... each) {
    return Arrays.stream(each)
        .map(one -> one.strip().substring(1, one.strip().length() - 1))
        .collect(Collectors.joining(",", "[", "]"));
  }

  /** One benchmark's, of a host, with these medians in nanoseconds. */
  public static String json(String name, String host, long... medians) {
    Histogram histogram = new Histogram(3);
    Arrays.stream(medians).forEach(histogram::recordValue);
    return """
        [{"params": {"pages": "3"},
          "kvmpl": {
            "name": "%s", "host": {"cpu": "%s"}, "histogram": "%s", "medians": [%s],
            "allocated": 2.5, "parts": {"2 b": {"medianNs": 7}, "1 a": {"medianNs": 5}},
            "c": {"best": [{"javaNs": 30, "cNs": 20}, {"javaNs": 10, "cNs": 10}]},
            "notHere": {"Other": "no reason"}}}]
        """
        .formatted(
            name,
            host,
            Distribution.encode(histogram),
            Arrays.stream(medians).mapToObj(String::valueOf).collect(Collectors.joining(", ")));
  }
}
