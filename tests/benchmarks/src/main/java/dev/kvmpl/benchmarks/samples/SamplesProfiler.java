// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.samples;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ResultRole;
import org.openjdk.jmh.results.SampleTimeResult;
import org.openjdk.jmh.results.ScalarResult;
import org.openjdk.jmh.util.SampleBuffer;

/**
 * Hands {@link Samples} to JMH, iteration by iteration. JMH makes one in each JVM that measures.
 */
public final class SamplesProfiler implements InternalProfiler {
  @Override
  public String getDescription() {
    return "times that a benchmark takes by itself";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    Samples.reset();
  }

  @Override
  public Collection<? extends Result<?>> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    List<Result<?>> results = new ArrayList<>();
    for (Map.Entry<String, Histogram> taken : Samples.taken().entrySet()) {
      if (taken.getValue().getTotalCount() > 0) {
        results.add(
            new SampleTimeResult(
                ResultRole.SECONDARY,
                taken.getKey(),
                buffer(taken.getValue()),
                TimeUnit.MICROSECONDS));
      }
    }
    double bytes = Samples.bytesPerOperation();
    if (bytes >= 0) {
      results.add(new ScalarResult(Samples.ALLOCATED, bytes, "B/op", AggregationPolicy.AVG));
    }
    return results;
  }

  private static SampleBuffer buffer(Histogram histogram) {
    SampleBuffer buffer = new SampleBuffer();
    for (HistogramIterationValue value : histogram.recordedValues()) {
      for (long i = value.getCountAtValueIteratedTo(); i > 0; i--) {
        buffer.add(value.getValueIteratedTo());
      }
    }
    return buffer;
  }
}
