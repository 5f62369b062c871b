// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import java.nio.file.Path;

/** Where the source tree is, for tests with the tag {@link #TAG}. */
public final class SourceTree {
  /** Tests that read files of the source tree; excluded where there is none. */
  public static final String TAG = "needs-source-tree";

  private SourceTree() {}

  /** The folder that has the top pom.xml. */
  public static Path root() {
    String root = System.getProperty("kvmpl.root");
    if (root == null) {
      throw new IllegalStateException(
          "set -Dkvmpl.root to the source tree, or exclude the tests tagged " + TAG);
    }
    return Path.of(root);
  }
}
