// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.result;

import dev.kvmpl.benchmarks.samples.Samples;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** How the times of a benchmark's operations are distributed: HdrHistograms of nanoseconds. */
public final class Distribution {
  private static final int DIGITS = 3;
  private static final double NS_A_US = 1e3;

  private Distribution() {}

  /** Whether the benchmark has taken its times by itself. */
  public static boolean isOwn(RunResult run) {
    return run.getSecondaryResults().containsKey(Samples.OPERATION);
  }

  /** One histogram an iteration, in the order of JVMs and iterations. */
  public static List<Histogram> iterations(RunResult run) {
    List<Histogram> all = new ArrayList<>();
    for (BenchmarkResult fork : run.getBenchmarkResults()) {
      for (IterationResult iteration : fork.getIterationResults()) {
        Result<?> result =
            isOwn(run)
                ? iteration.getSecondaryResults().get(Samples.OPERATION)
                : iteration.getPrimaryResult();
        if (result != null) {
          all.add(of(result));
        }
      }
    }
    return all;
  }

  /** The histogram of one of JMH's results, in microseconds. */
  public static Histogram of(Result<?> result) {
    Histogram histogram = new Histogram(DIGITS);
    histogram.setAutoResize(true);
    Iterator<Map.Entry<Double, Long>> raw = result.getStatistics().getRawData();
    while (raw.hasNext()) {
      Map.Entry<Double, Long> value = raw.next();
      histogram.recordValueWithCount(
          Math.max(0, Math.round(value.getKey() * NS_A_US)), value.getValue());
    }
    return histogram;
  }

  /** All of them in one. */
  public static Histogram sum(List<Histogram> parts) {
    Histogram sum = new Histogram(DIGITS);
    sum.setAutoResize(true);
    parts.forEach(sum::add);
    return sum;
  }

  /** HdrHistogram's own form of it, as its tools take it. */
  public static String encode(Histogram histogram) {
    ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
    int length = histogram.encodeIntoCompressedByteBuffer(buffer);
    byte[] bytes = new byte[length];
    buffer.rewind();
    buffer.get(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  /**
   * The histogram that was encoded.
   *
   * @throws IllegalArgumentException if that is none
   */
  public static Histogram decode(String text) {
    try {
      return Histogram.decodeFromCompressedByteBuffer(
          ByteBuffer.wrap(Base64.getDecoder().decode(text)), 0);
    } catch (DataFormatException | RuntimeException e) {
      throw new IllegalArgumentException("no histogram", e);
    }
  }
}
