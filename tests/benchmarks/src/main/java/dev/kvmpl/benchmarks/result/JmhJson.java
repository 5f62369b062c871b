// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.result;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kvmpl.benchmarks.run.Measured;
import dev.kvmpl.benchmarks.run.Twin;
import dev.kvmpl.benchmarks.samples.Samples;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;

/**
 * A result in the form in which JMH writes it, so that what reads JMH's reads this. What JMH has no
 * field for is below {@link #OURS}, which others pass over.
 */
public final class JmhJson {
  /** The field for all that is not JMH's. */
  public static final String OURS = "kvmpl";

  static final JsonMapper MAPPER = JsonMapper.builder().build();

  private static final String GC_ALLOCATED = "gc.alloc.rate.norm";
  private static final int RAW_DIGITS = 2;
  private static final double NS_A_US = 1e3;

  private JmhJson() {}

  /** One result. */
  public static ObjectNode of(Measured measured, Map<String, String> host) {
    RunResult run = measured.java();
    ObjectNode json = byJmh(run);
    List<Histogram> iterations = Distribution.iterations(run);
    Histogram all = Distribution.sum(iterations);
    if (Distribution.isOwn(run)) {
      ObjectNode secondary = (ObjectNode) json.get("secondaryMetrics");
      secondary.properties().removeIf(metric -> isPercentile(metric.getKey()));
      secondary.set("run", json.get("primaryMetric"));
      json.set("primaryMetric", secondary.remove(Samples.OPERATION));
      json.put("mode", "sample");
    }
    ObjectNode primary = (ObjectNode) json.get("primaryMetric");
    primary.remove("rawData");
    primary.set("rawDataHistogram", raw(run.getBenchmarkResults().size(), iterations));
    withoutPaths((ArrayNode) json.get("jvmArgs"));
    json.put("forks", run.getBenchmarkResults().size());
    ObjectNode ours = json.putObject(OURS);
    ours.put("name", measured.variant().benchmark().name());
    ObjectNode facts = ours.putObject("host");
    host.forEach(facts::put);
    ours.put("histogram", Distribution.encode(all));
    ArrayNode medians = ours.putArray("medians");
    iterations.forEach(one -> medians.add(one.getValueAtPercentile(50)));
    double bytes = allocated(run);
    if (bytes >= 0) {
      ours.put("allocated", bytes);
    }
    parts(run, ours);
    ratios(measured.rounds(), ours);
    return json;
  }

  /** Where somebody has unpacked kvmpl is nobody's business who is sent a result. */
  private static void withoutPaths(ArrayNode arguments) {
    for (int i = arguments.size() - 1; i >= 0; i--) {
      if (arguments.get(i).asText().contains("/")) {
        arguments.remove(i);
      }
    }
  }

  private static ObjectNode byJmh(RunResult run) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      ResultFormatFactory.getInstance(ResultFormatType.JSON, out).writeOut(List.of(run));
    }
    try {
      return (ObjectNode) MAPPER.readTree(bytes.toString(StandardCharsets.UTF_8)).get(0);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("JMH writes no JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** As JMH has it: JVMs, of iterations, of values with their counts. */
  private static ArrayNode raw(int forks, List<Histogram> iterations) {
    ArrayNode all = MAPPER.createArrayNode();
    int each = Math.max(1, iterations.size() / forks);
    for (int i = 0; i < iterations.size(); i++) {
      ArrayNode fork = i % each == 0 ? all.addArray() : (ArrayNode) all.get(all.size() - 1);
      ArrayNode values = fork.addArray();
      Histogram coarse = new Histogram(RAW_DIGITS);
      coarse.setAutoResize(true);
      coarse.add(iterations.get(i));
      for (HistogramIterationValue value : coarse.recordedValues()) {
        values
            .addArray()
            .add(value.getValueIteratedTo() / NS_A_US)
            .add(value.getCountAtValueIteratedTo());
      }
    }
    return all;
  }

  /** Bytes an operation, in the iteration with the fewest: JMH allocates now and then itself. */
  private static double allocated(RunResult run) {
    Map<String, ?> secondary = run.getSecondaryResults();
    String wanted = secondary.containsKey(Samples.ALLOCATED) ? Samples.ALLOCATED : GC_ALLOCATED;
    return secondary.containsKey(wanted)
        ? run.getBenchmarkResults().stream()
            .flatMap(fork -> fork.getIterationResults().stream())
            .map(iteration -> iteration.getSecondaryResults().get(wanted))
            .filter(java.util.Objects::nonNull)
            .mapToDouble(result -> result.getScore())
            .min()
            .orElse(-1)
        : -1;
  }

  /** JMH's own results about a result, such as {@code operation:p0.50}: all of it is there. */
  private static boolean isPercentile(String name) {
    return name.contains(":p");
  }

  private static void parts(RunResult run, ObjectNode ours) {
    run.getSecondaryResults()
        .forEach(
            (name, result) -> {
              if (Character.isDigit(name.charAt(0)) && !isPercentile(name)) {
                Histogram histogram = Distribution.of(result);
                ours.withObject("/parts")
                    .putObject(name)
                    .put("medianNs", histogram.getValueAtPercentile(50))
                    .put("meanNs", histogram.getMean())
                    .put("p99Ns", histogram.getValueAtPercentile(99));
              }
            });
  }

  private static void ratios(List<SequencedMap<String, Twin.Pair>> rounds, ObjectNode ours) {
    if (rounds.isEmpty()) {
      return;
    }
    ObjectNode all = ours.putObject("c");
    for (String program : rounds.getFirst().keySet()) {
      ArrayNode pairs = all.putArray(program);
      for (SequencedMap<String, Twin.Pair> round : rounds) {
        Twin.Pair pair = round.get(program);
        if (pair != null) {
          pairs.addObject().put("javaNs", pair.javaNs()).put("cNs", pair.cNs());
        }
      }
    }
  }
}
