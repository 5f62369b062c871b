// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kvmpl.benchmarks.guest.Nothing;
import dev.kvmpl.benchmarks.guest.Resources;
import dev.kvmpl.benchmarks.samples.Samples;
import dev.kvmpl.trace.Step;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * {@code ./kvmpl run} of a scenario with one store, from the start of the process until VMPL0's
 * verdict is back, in turn with a JVM that does nothing.
 */
@Warmup(iterations = 2)
@Measurement(iterations = 10)
public class ProcessStart extends SingleRun {
  /** The part that is the empty JVM. */
  public static final String EMPTY = "1 a JVM that does nothing";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Path folder = Path.of("");
  private Path scenario = Path.of("");
  private Path nothing = Path.of("");

  /** The scenario, and a class path of one class. */
  @Setup
  public void write() throws IOException {
    folder = Files.createTempDirectory("kvmpl-bench");
    scenario = Files.write(folder.resolve("one-store.yaml"), Resources.bytes("one-store.yaml"));
    String name = "/" + Nothing.class.getName().replace('.', '/') + ".class";
    nothing = folder.resolve(name.substring(1));
    Files.createDirectories(nothing.getParent());
    try (InputStream bytes = Objects.requireNonNull(Nothing.class.getResourceAsStream(name))) {
      Files.copy(bytes, nothing);
    }
  }

  /** The launcher of the source tree. */
  public static Path launcher() {
    return Path.of(System.getProperty("kvmpl.root", "")).resolve("kvmpl");
  }

  @Benchmark
  public void start() throws IOException, InterruptedException {
    long empty = System.nanoTime();
    run(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-cp",
        folder.toString(),
        Nothing.class.getName());
    Samples.of(EMPTY).recordValue(System.nanoTime() - empty);

    Instant start = Instant.now();
    JsonNode result =
        MAPPER.readTree(run(launcher().toString(), "run", "--json", scenario.toString()));
    Samples.of(Samples.OPERATION).recordValue(Duration.between(start, verdict(result)).toNanos());
  }

  /** When the hypervisor had VMPL0's first verdict and let the driver go on. */
  private static Instant verdict(JsonNode result) {
    for (JsonNode step : result.path("steps")) {
      if (step.path("step").asText().equals(Step.RELAUNCH.label())) {
        return Instant.parse(result.path("launched").asText()).plusNanos(step.path("tNs").asLong());
      }
    }
    throw new IllegalStateException("no verdict: " + result);
  }

  /** Its stdout. */
  private static String run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("KVMPL_BUILT", System.getProperty("kvmpl.root"));
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    if (status != 0) {
      throw new IllegalStateException(List.of(command) + " ended with " + status + ": " + said);
    }
    return said;
  }

  @TearDown
  public void delete() throws IOException {
    Files.deleteIfExists(scenario);
    for (Path each = nothing;
        !each.equals(folder);
        each = Objects.requireNonNull(each.getParent())) {
      Files.deleteIfExists(each);
    }
    Files.deleteIfExists(folder);
  }
}
