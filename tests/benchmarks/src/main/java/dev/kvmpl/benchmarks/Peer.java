// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks;

import dev.kvmpl.payloads.BuiltInPayload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The C program, unpacked with the payloads that it runs; each call is a process of its own. */
final class Peer implements AutoCloseable {
  private final Path folder;
  private final Path program;

  Peer() throws IOException {
    folder = Files.createTempDirectory("kvmpl-bench");
    program = unpack("peer", Resources.bytes("peer"));
    if (!program.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + program + " executable");
    }
    unpack("kernel.elf", BuiltInPayload.KERNEL.bytes());
    unpack("validator.elf", BuiltInPayload.VALIDATOR.bytes());
    unpack("pages.elf", Resources.bytes("pages.elf"));
  }

  private Path unpack(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  /** Nanoseconds of one exit. */
  double oneExit(long warmupMs, long measuredMs, int times)
      throws IOException, InterruptedException {
    return fastest(run("one-exit", "" + warmupMs, "" + measuredMs, "" + times));
  }

  /** Nanoseconds of a run with {@code pages} round trips. */
  double fullRoundTrip(int pages, int times) throws IOException, InterruptedException {
    return fastest(
        run(
            "full-round-trip",
            folder.resolve("kernel.elf").toString(),
            folder.resolve("validator.elf").toString(),
            folder.resolve("pages.elf").toString(),
            "" + FullRoundTrip.FIRST_PAGE,
            "" + pages,
            "" + times));
  }

  private static double fastest(List<Double> measured) {
    return measured.stream().min(Double::compare).orElseThrow();
  }

  /** The numbers that it prints. */
  private List<Double> run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("the C program failed");
    }
    return out.lines().map(Double::valueOf).toList();
  }

  @Override
  public void close() throws IOException {
    for (String name : List.of("peer", "kernel.elf", "validator.elf", "pages.elf")) {
      Files.deleteIfExists(folder.resolve(name));
    }
    Files.delete(folder);
  }
}
