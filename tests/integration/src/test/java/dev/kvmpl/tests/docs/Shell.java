// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Runs what the documentation tells people to type, in the source tree. */
final class Shell {
  private Shell() {}

  /**
   * How a command ended.
   *
   * @param output both streams
   */
  record Ended(int status, String output) {}

  /** The command as a shell script that stops at the first failure. */
  static Ended run(String script, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path root = SourceTree.root().toRealPath();
    Path output = Files.createTempFile("documented", ".out");
    try {
      ProcessBuilder builder =
          new ProcessBuilder("bash", "-e", "-o", "pipefail", "-c", script)
              .directory(root.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      // Everything is built: these tests are part of the build.
      builder.environment().put("KVMPL_BUILT", root.toString());
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      int status = builder.start().waitFor();
      return new Ended(status, Files.readString(output, StandardCharsets.UTF_8));
    } finally {
      Files.delete(output);
    }
  }
}
