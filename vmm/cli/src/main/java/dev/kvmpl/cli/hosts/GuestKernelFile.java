// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.hosts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The kernel that a guest boots: a file, or a version that the source tree's tools fetch. */
public final class GuestKernelFile {
  private GuestKernelFile() {}

  /**
   * Finds it.
   *
   * @param wanted a path, which has a slash in it, or a version
   */
  public static Path find(String wanted) throws IOException, InterruptedException {
    if (wanted.contains("/")) {
      return Path.of(wanted);
    }
    if (System.getProperty("kvmpl.root") == null) {
      throw new GuestToolException(
          "no kernel " + wanted + " without kvmpl's source tree: name a file by --kernel /PATH");
    }
    Process tool =
        new ProcessBuilder(EmulatedHost.tool("guest-kernel").toString(), wanted)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    tool.getOutputStream().close();
    String path = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (tool.waitFor() != 0) {
      throw new GuestToolException(
          "no kernel " + wanted + ": see above, or name a file by --kernel");
    }
    return Path.of(path);
  }
}
