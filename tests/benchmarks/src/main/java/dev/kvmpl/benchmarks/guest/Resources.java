// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** What the build has put beside the benchmarks. */
public final class Resources {
  private static final String FOLDER = "/dev/kvmpl/benchmarks/";

  private Resources() {}

  /** A file of the benchmarks' own. */
  public static byte[] bytes(String name) {
    return absolute(FOLDER + name);
  }

  /** A file of anything on the class path. */
  public static byte[] absolute(String path) {
    try (InputStream in = Resources.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException(path + " is missing from this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
