// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.result;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What can be said of a few measurements. */
public final class Statistics {
  private static final int RESAMPLES = 10_000;
  private static final double OUTSIDE = 0.025; // on each side of 95 %
  private static final long SEED = 1;

  private Statistics() {}

  /**
   * A ratio, and between what it is with a confidence of 95 %.
   *
   * @param value the measured one
   */
  public record Ratio(double value, double low, double high) {}

  /** The middle one. */
  public static double median(List<Double> values) {
    return median(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /**
   * The ratio of two medians, with a bootstrap interval: both are drawn anew from what was
   * measured, 10,000 times, always the same way.
   */
  public static Ratio ratio(List<Double> over, List<Double> under) {
    double[] a = over.stream().mapToDouble(Double::doubleValue).toArray();
    double[] b = under.stream().mapToDouble(Double::doubleValue).toArray();
    Random random = new Random(SEED);
    double[] ratios = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      ratios[i] = median(draw(a, random)) / median(draw(b, random));
    }
    Arrays.sort(ratios);
    int out = (int) (RESAMPLES * OUTSIDE);
    return new Ratio(median(a) / median(b), ratios[out], ratios[RESAMPLES - 1 - out]);
  }

  private static double[] draw(double[] from, Random random) {
    double[] drawn = new double[from.length];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = from[random.nextInt(from.length)];
    }
    return drawn;
  }
}
