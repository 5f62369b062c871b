// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.fd;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Closing several things, all of them, whatever becomes of each. */
public final class Closing {
  /** Of many that fail one is like the other. */
  private static final int SUPPRESSED_MAX = 100;

  private Closing() {}

  /**
   * Closes the things in their order.
   *
   * @throws RuntimeException the first failure, or an {@link Error}; it has later ones as
   *     suppressed
   */
  public static void all(AutoCloseable... things) {
    all(Arrays.asList(things));
  }

  /** The same for a list. */
  public static void all(List<? extends AutoCloseable> things) {
    Throwable failure = null;
    for (AutoCloseable thing : things) {
      try {
        thing.close();
      } catch (Throwable t) {
        failure = with(failure, t);
      }
    }
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalArgumentException("closing throws nothing checked", failure);
    }
  }

  /** The same because something has failed, which gets what fails here as suppressed. */
  public static void after(Throwable failure, AutoCloseable... things) {
    try {
      all(things);
    } catch (Throwable t) {
      failure.addSuppressed(t);
    }
  }

  private static Throwable with(@Nullable Throwable first, Throwable next) {
    if (first == null) {
      return next;
    }
    if (first.getSuppressed().length < SUPPRESSED_MAX) {
      first.addSuppressed(next);
    }
    return first;
  }
}
