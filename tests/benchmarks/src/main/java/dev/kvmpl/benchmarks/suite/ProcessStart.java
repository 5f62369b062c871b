// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.Nothing;
import dev.kvmpl.benchmarks.guest.Resources;
import dev.kvmpl.benchmarks.samples.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * {@code ./kvmpl run} of a scenario with one store, from the start of the process to its end, in
 * turn with a JVM that does nothing.
 */
@Warmup(iterations = 2)
@Measurement(iterations = 10)
public class ProcessStart extends SingleRun {
  /** The part that is the empty JVM. */
  public static final String EMPTY = "1 a JVM that does nothing";

  private Path scenario = Path.of("");

  @Setup
  public void write() throws IOException {
    scenario =
        Files.write(
            Files.createTempFile("kvmpl-bench", ".yaml"), Resources.bytes("one-store.yaml"));
  }

  /** The launcher of the source tree. */
  public static Path launcher() {
    return Path.of(System.getProperty("kvmpl.root", "")).resolve("kvmpl");
  }

  @Benchmark
  public void start() throws IOException, InterruptedException {
    record(
        EMPTY,
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            Objects.requireNonNull(System.getProperty("java.class.path")),
            Nothing.class.getName()));
    record(Samples.OPERATION, List.of(launcher().toString(), "run", scenario.toString()));
  }

  private static void record(String part, List<String> command)
      throws IOException, InterruptedException {
    Histogram times = Samples.of(part);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("KVMPL_BUILT", System.getProperty("kvmpl.root"));
    long start = System.nanoTime();
    Process process = builder.start();
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    int status = process.waitFor();
    times.recordValue(System.nanoTime() - start);
    if (status != 0) {
      throw new IllegalStateException(command + " ended with " + status + ": " + said);
    }
  }

  @TearDown
  public void delete() throws IOException {
    Files.deleteIfExists(scenario);
  }
}
