// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.samples;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Times that a benchmark takes by itself, because its operations are inside of a machine's run: one
 * histogram for the operation and one for each of its parts, whose names have no comma in them (JMH
 * breaks its lines there). {@link SamplesProfiler} hands them to JMH. Written by one thread at a
 * time, under the machine's lock.
 */
public final class Samples {
  /** The operation itself. */
  public static final String OPERATION = "operation";

  /** What JMH calls the bytes that an operation allocates. */
  public static final String ALLOCATED = "allocated";

  private static final long LONGEST_NS = 600_000_000_000L;
  private static final int DIGITS = 3;

  private static final Map<String, Histogram> TAKEN = new LinkedHashMap<>();
  private static double bytes;
  private static long operations;

  private Samples() {}

  /** The histogram of that part; it does not grow when something is recorded. */
  public static synchronized Histogram of(String part) {
    return TAKEN.computeIfAbsent(part, _ -> new Histogram(LONGEST_NS, DIGITS));
  }

  /** That so many operations allocated so many bytes. */
  public static synchronized void allocated(double allocated, long times) {
    bytes += allocated;
    operations += times;
  }

  /** Bytes an operation since the last {@link #reset}, or less than 0 if nobody said. */
  static synchronized double bytesPerOperation() {
    return operations == 0 ? -1 : bytes / operations;
  }

  static synchronized Map<String, Histogram> taken() {
    return TAKEN;
  }

  static synchronized void reset() {
    TAKEN.values().forEach(Histogram::reset);
    bytes = 0;
    operations = 0;
  }
}
