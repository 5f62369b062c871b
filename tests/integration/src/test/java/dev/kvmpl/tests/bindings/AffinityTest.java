// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvmpl.bindings.Affinity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A thread goes where it is sent, and never where it was not allowed to be. */
@Tag("host-kernel")
class AffinityTest {
  private static final int BOOT = 0;
  private static final int NONE = 1023; // beyond the CPUs of every machine that this runs on

  @BeforeEach
  void bootCpuMayBeUsed() throws Exception {
    assumeTrue(onAThread(AffinityTest::allowed).startsWith("0"), "all may run on the boot CPU");
  }

  @Test
  void boundThread_runsThereAlone() throws Exception {
    String allowed = onAThread(() -> Affinity.bindTo(BOOT) ? allowed() : "refused");

    assertEquals("0", allowed);
  }

  @Test
  void threadThatAvoidsACpu_runsOnAllOthers() throws Exception {
    String before = onAThread(AffinityTest::allowed);
    assumeTrue(before.equals("0-1"), "two CPUs, both allowed");

    String allowed = onAThread(() -> Affinity.avoid(BOOT) ? allowed() : "refused");

    assertEquals("1", allowed);
  }

  @Test
  void threadThatMayRunNowhereElse_staysWhereItIs() throws Exception {
    String allowed =
        onAThread(
            () -> {
              assertTrue(Affinity.bindTo(BOOT));
              assertFalse(Affinity.avoid(BOOT));
              return allowed();
            });

    assertEquals("0", allowed);
  }

  @Test
  void cpuThatTheThreadMayNotUse_isNotTaken() throws Exception {
    String before = onAThread(AffinityTest::allowed);

    String after =
        onAThread(
            () -> {
              assertFalse(Affinity.bindTo(NONE));
              return allowed();
            });

    assertEquals(before, after);
  }

  /** As whoever started it with taskset would have it. */
  @Test
  void threadThatIsKeptOffTheBootCpu_isNotBoundToIt() throws Exception {
    String before = onAThread(AffinityTest::allowed);
    assumeTrue(before.equals("0-1"), "two CPUs, both allowed");

    String after =
        onAThread(
            () -> {
              assertTrue(Affinity.avoid(BOOT));
              assertFalse(Affinity.bindTo(BOOT));
              return allowed();
            });

    assertEquals("1", after);
  }

  private static String allowed() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/thread-self/status"))) {
      return lines
          .filter(line -> line.startsWith("Cpus_allowed_list:"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElseThrow();
    }
  }

  /** On a thread of its own, because there is no way back. */
  private static <T> T onAThread(Callable<T> action) throws InterruptedException, Exception {
    FutureTask<T> task = new FutureTask<>(action);
    Thread.ofPlatform().start(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }
}
