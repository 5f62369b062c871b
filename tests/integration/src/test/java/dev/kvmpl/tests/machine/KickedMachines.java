// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;

import dev.kvmpl.bindings.KickSignal;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A program of its own, so that what kills it is seen: runs machines one after the other while a
 * thread kicks their vCPUs' threads at random moments, where they begin and end too. Arguments: how
 * many machines, the seed of the moments.
 */
final class KickedMachines {
  private static final int PAGES = 4;
  private static final int STOPPED_EVERY = 10;
  private static final int PAUSE_MAX_NS = 300_000;

  private static volatile boolean done;
  private static long kicks;

  private KickedMachines() {}

  public static void main(String[] arguments) throws InterruptedException {
    int machines = Integer.parseInt(arguments[0]);
    Random random = new Random(Long.parseLong(arguments[1]));
    // A machine that fails ends the program, and so the test.
    Thread kicker = Thread.ofPlatform().name("kicker").daemon().start(() -> kick(random));
    for (int i = 0; i < machines; i++) {
      if (i % STOPPED_EVERY == 0) {
        runStopped();
      } else {
        run();
      }
    }
    done = true;
    kicker.join();
    System.out.printf("%d machines, %s kicks%n", machines, kicks < machines ? "too few" : "enough");
  }

  /** A machine whose one vCPU is kicked by itself: whenever the other is granted a page. */
  static void run() {
    long used = FREE - PageRange.PAGE_SIZE;
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(Payloads.driver("hammers"), Vmpl.VMPL2, List.of(1, 2), FREE, (long) PAGES, used)
            .build()) {
      RunResult result = machine.run();
      if (result.outcome() != Outcome.COMPLETED || !result.driverStatus().equals(List.of(0L))) {
        throw new IllegalStateException(result.outcome() + ": " + result.message());
      }
    }
  }

  /** A machine whose guest never leaves by itself. */
  private static void runStopped() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("loops"))
            .timeLimit(Duration.ofMillis(20))
            .build()) {
      RunResult result = machine.run();
      if (result.outcome() != Outcome.TIMED_OUT) {
        throw new IllegalStateException(result.outcome() + ": " + result.message());
      }
    }
  }

  private static void kick(Random random) {
    while (!done) {
      List<Integer> threads = vcpuThreads();
      if (!threads.isEmpty()) {
        try {
          KickSignal.send(threads.get(random.nextInt(threads.size())));
          kicks++;
        } catch (SyscallException e) {
          // It has ended since.
        }
      }
      LockSupport.parkNanos(random.nextInt(PAUSE_MAX_NS));
    }
  }

  private static List<Integer> vcpuThreads() {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks
          .filter(task -> name(task).startsWith("vcpu"))
          .map(task -> Integer.valueOf(task.getFileName().toString()))
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String name(Path task) {
    try {
      return Files.readString(task.resolve("comm"));
    } catch (IOException e) {
      return ""; // a thread that has ended
    }
  }
}
