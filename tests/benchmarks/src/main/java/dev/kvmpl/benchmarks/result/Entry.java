// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.result;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * One result, fresh or stored.
 *
 * @param name the benchmark's
 * @param parameters of it, sorted
 * @param histogram nanoseconds of an operation
 * @param medians nanoseconds, an iteration each
 * @param allocated bytes an operation; empty if nobody counted
 * @param parts nanoseconds at the median, by the part's name, in its order
 * @param ratios Java/C of each round, by the program in C
 * @param cNs nanoseconds in C at the median of rounds, by the program
 * @param host its fingerprint
 */
public record Entry(
    String name,
    SequencedMap<String, String> parameters,
    Histogram histogram,
    List<Double> medians,
    OptionalDouble allocated,
    SequencedMap<String, Double> parts,
    SequencedMap<String, List<Double>> ratios,
    SequencedMap<String, Double> cNs,
    SequencedMap<String, String> host) {
  private static final double HALF = 50;

  /** Name and parameters, as in tables. */
  public String label() {
    StringBuilder label = new StringBuilder(name);
    parameters.forEach((key, value) -> label.append(' ').append(key).append('=').append(value));
    return label.toString();
  }

  /** Nanoseconds at the median. */
  public double medianNs() {
    return histogram.getValueAtPercentile(HALF);
  }

  /** Nanoseconds at that percentile. */
  public double ns(double percentile) {
    return histogram.getValueAtPercentile(percentile);
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if it is not one of ours
   */
  static Entry of(JsonNode json) {
    JsonNode ours = json.path(JmhJson.OURS);
    if (!ours.path("name").isTextual() || !ours.path("histogram").isTextual()) {
      throw new IllegalArgumentException("no results of kvmpl bench");
    }
    SequencedMap<String, List<Double>> ratios = new LinkedHashMap<>();
    SequencedMap<String, Double> cNs = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> program : ours.path("c").properties()) {
      List<Double> each = new ArrayList<>();
      List<Double> ns = new ArrayList<>();
      for (JsonNode pair : program.getValue()) {
        each.add(pair.path("javaNs").asDouble() / pair.path("cNs").asDouble());
        ns.add(pair.path("cNs").asDouble());
      }
      ratios.put(program.getKey(), each.stream().sorted().toList());
      cNs.put(program.getKey(), Statistics.median(ns));
    }
    return new Entry(
        ours.path("name").asText(),
        new TreeMap<>(texts(json.path("params"))),
        Distribution.decode(ours.path("histogram").asText()),
        numbers(ours.path("medians")),
        ours.has("allocated")
            ? OptionalDouble.of(ours.path("allocated").asDouble())
            : OptionalDouble.empty(),
        parts(ours.path("parts")),
        ratios,
        cNs,
        texts(ours.path("host")));
  }

  private static List<Double> numbers(JsonNode array) {
    List<Double> all = new ArrayList<>();
    array.forEach(number -> all.add(number.asDouble()));
    return all;
  }

  private static SequencedMap<String, String> texts(JsonNode object) {
    SequencedMap<String, String> all = new LinkedHashMap<>();
    object.properties().forEach(field -> all.put(field.getKey(), field.getValue().asText()));
    return all;
  }

  private static SequencedMap<String, Double> parts(JsonNode object) {
    SequencedMap<String, Double> all = new TreeMap<>();
    object
        .properties()
        .forEach(part -> all.put(part.getKey(), part.getValue().path("medianNs").asDouble()));
    return all;
  }
}
