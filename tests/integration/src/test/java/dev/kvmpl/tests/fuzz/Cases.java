// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.fuzz;

import java.util.SplittableRandom;

/**
 * Many cases of a test, each from a seed of its own. How many: {@code -Dkvmpl.fuzz.cases=N}; from
 * which seed on: {@code -Dkvmpl.fuzz.seed=N}, else the same ones each time.
 */
final class Cases {
  private static final int COUNT = Integer.getInteger("kvmpl.fuzz.cases", 2000);
  private static final long FIRST = Long.getLong("kvmpl.fuzz.seed", 1);

  private Cases() {}

  /** One case. */
  interface Case {
    /** Makes it, from nothing but {@code random}, and checks it. */
    void run(SplittableRandom random) throws Exception;
  }

  /** Runs them; the first that fails says how to have it again. */
  static void run(Case one) {
    run(COUNT, one);
  }

  /** The same for a case that takes long: of twenty, one. */
  static void runSome(Case one) {
    run((COUNT + 19) / 20, one);
  }

  private static void run(int count, Case one) {
    System.out.printf("%d cases from -Dkvmpl.fuzz.seed=%d on%n", count, FIRST);
    for (int i = 0; i < count; i++) {
      long seed = FIRST + i;
      try {
        one.run(new SplittableRandom(seed));
      } catch (Throwable e) {
        throw new AssertionError(
            "-Dkvmpl.fuzz.seed=%d -Dkvmpl.fuzz.cases=1 makes it again: %s".formatted(seed, e), e);
      }
    }
  }
}
