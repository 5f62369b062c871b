// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.benchmarks.guest.Resources;
import dev.kvmpl.payloads.BuiltInPayload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The C program, unpacked with the payloads that it runs; each call is a process of its own. */
public final class Peer implements AutoCloseable {
  private static final List<String> FILES =
      List.of("peer", "kernel.elf", "validator.elf", "pages.elf");

  private final Path folder;
  private volatile @Nullable Process running;

  /** Unpacks it. */
  public Peer() throws IOException {
    folder = Files.createTempDirectory("kvmpl-bench");
    Path program = unpack("peer", Resources.bytes("peer"));
    if (!program.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + program + " executable");
    }
    unpack("kernel.elf", BuiltInPayload.KERNEL.bytes());
    unpack("validator.elf", BuiltInPayload.VALIDATOR.bytes());
    unpack("pages.elf", Resources.bytes("pages.elf"));
    Runtime.getRuntime().addShutdownHook(new Thread(this::abandon, "ending the C program"));
  }

  /** This process is being ended. */
  private void abandon() {
    Process child = running;
    if (child != null) {
      child.toHandle().destroyForcibly();
    }
    try {
      close();
    } catch (IOException e) {
      // there is nobody left to tell
    }
  }

  private Path unpack(String name, byte[] bytes) throws IOException {
    return Files.write(file(name), bytes);
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  /** Nanoseconds of each of so many exits, sorted. */
  public double[] oneExit(int exits) throws IOException, InterruptedException {
    return run("one-exit", "" + exits);
  }

  /**
   * Nanoseconds of each of {@code pages} round trips, but the first ones, sorted.
   *
   * @param handOver {@code threads} or {@code thread}
   */
  public double[] fullRoundTrips(int pages, String handOver)
      throws IOException, InterruptedException {
    return run(machine("full-round-trip", pages, handOver));
  }

  /** Nanoseconds of each of so many machines from creation to end, sorted. */
  public double[] machines(int pages, int runs) throws IOException, InterruptedException {
    return run(machine("machines", pages, "" + runs));
  }

  /**
   * The ioctls that it makes for one machine, in their order.
   *
   * @param handOver {@code threads} or {@code thread}
   */
  List<Ioctl> calls(int pages, String handOver) throws IOException, InterruptedException {
    return lines(machine("calls", pages, handOver)).stream().map(Ioctl::parse).toList();
  }

  /**
   * Nanoseconds of each of so many round trips of the least that a VMM can do, sorted.
   *
   * @param mechanism {@code store} or {@code mprotect}
   */
  public double[] best(String mechanism, int trips) throws IOException, InterruptedException {
    return run("best-round-trip", mechanism, "" + trips);
  }

  private String[] machine(String what, int pages, String... last) {
    return Stream.concat(
            Stream.of(
                what,
                file("kernel.elf").toString(),
                file("validator.elf").toString(),
                file("pages.elf").toString(),
                "" + Machines.FIRST_PAGE,
                "" + pages),
            Arrays.stream(last))
        .toArray(String[]::new);
  }

  /** The numbers that it prints, sorted. */
  private double[] run(String... arguments) throws IOException, InterruptedException {
    return lines(arguments).stream().mapToDouble(Double::parseDouble).sorted().toArray();
  }

  private List<String> lines(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(file("peer").toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    running = process;
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("the C program failed: " + out.strip());
    }
    return out.lines().toList();
  }

  @Override
  public void close() throws IOException {
    for (String name : FILES) {
      Files.deleteIfExists(file(name));
    }
    Files.deleteIfExists(folder);
  }
}
