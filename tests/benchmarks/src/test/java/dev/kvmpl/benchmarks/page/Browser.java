// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.page;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A browser without a window, in a folder of its own. */
final class Browser {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");

  private final Path folder;
  private final String program;

  /** The one that this machine has. Where nobody promised one, the test is skipped. */
  Browser(Path folder) {
    this.folder = folder;
    Optional<String> found =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .flatMap(path -> NAMES.stream().map(name -> Path.of(path, name)))
            .filter(Files::isExecutable)
            .map(Path::toString)
            .findFirst();
    assumeTrue(
        found.isPresent() || System.getenv("CI") != null, "there is no chromium on this machine");
    program = found.orElseThrow(() -> new AssertionError("CI has no chromium"));
  }

  /** What a page is once its scripts have run. */
  String dom(Path page, String... options) throws IOException, InterruptedException {
    return run(page, "--dump-dom", options);
  }

  /** A picture of a page, which is a PNG file. */
  byte[] picture(Path page, String... options) throws IOException, InterruptedException {
    Path file = folder.resolve("picture.png");
    run(page, "--screenshot=" + file, options);
    return Files.readAllBytes(file);
  }

  /** A page as it is printed, which is a PDF file. */
  byte[] printed(Path page) throws IOException, InterruptedException {
    Path file = folder.resolve("printed.pdf");
    run(page, "--print-to-pdf=" + file);
    return Files.readAllBytes(file);
  }

  private String run(Path page, String what, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            program,
            "--headless",
            "--no-sandbox", // for root
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--user-data-dir=" + folder.resolve("profile"),
            "--virtual-time-budget=5000",
            what));
    command.addAll(List.of(options));
    command.add(page.toUri().toString());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(command + " ended with " + process.exitValue());
    }
    return out;
  }
}
