// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.hosts;

import dev.kvmpl.cli.options.Options;
import dev.kvmpl.cli.options.Options.Value;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Modules for a guest's kernel: those that are there, and sources, built by the source tree's
 * tools.
 */
public final class GuestModules {
  private static final String SOURCE = ".c";

  private GuestModules() {}

  /** The hidden option by which an emulated host, which has no compiler, is told of built ones. */
  public static Value<List<Path>> builtOnes(Options options) {
    return options.addList(
        Path.class,
        OptionSpec.builder("--built")
            .paramLabel("<built>")
            .hidden(true)
            .description("A module, built from its source."));
  }

  /**
   * Builds what is no module yet, and the agent's module.
   *
   * @param kernel a version, or a path; for that of a file nothing can be built
   */
  public static List<Path> build(String kernel, List<Path> modules)
      throws IOException, InterruptedException {
    List<Path> built = new ArrayList<>();
    List<Path> sources = new ArrayList<>();
    for (Path module : modules) {
      (module.toString().endsWith(SOURCE) ? sources : built).add(module);
    }
    String root = System.getProperty("kvmpl.root");
    if (kernel.contains("/") || root == null) {
      if (!sources.isEmpty()) {
        throw new GuestToolException(
            "no headers to build "
                + sources.getFirst()
                + " with: name a version by --kernel, or built modules (.ko)");
      }
      return built;
    }
    sources.add(Path.of(root, "guest-payloads/linux/kvmpl.c"));
    List<String> line =
        new ArrayList<>(List.of(EmulatedHost.tool("guest-module").toString(), kernel));
    sources.forEach(source -> line.add(source.toString()));
    Process tool = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    tool.getOutputStream().close();
    String out = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (tool.waitFor() != 0) {
      throw new GuestToolException("no modules for kernel " + kernel + ": see above");
    }
    out.lines().map(Path::of).forEach(built::add);
    return built;
  }
}
