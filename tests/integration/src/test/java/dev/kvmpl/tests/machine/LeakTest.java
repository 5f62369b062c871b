// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.tests.support.Held;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Many machines in one JVM leave no file descriptor, mapping or thread. How many: {@code
 * KVMPL_LEAK_RUNS} in the environment, fewer where machines are slow.
 */
@RequiresKvm
class LeakTest {
  private static final String RUNS = System.getenv().getOrDefault("KVMPL_LEAK_RUNS", "1000");
  private static final int WARM_UP = 5;

  private static void run() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.DISK, FREE, RESTRICTED.start(), OTHERS.start())
            .build()) {
      assertEquals(Outcome.COMPLETED, machine.run().outcome());
    }
  }

  private static void runFailing() {
    try (TestMachine machine = TestMachine.with().driver(Payloads.driver("halts")).build()) {
      assertEquals(Outcome.FAILED, machine.run().outcome());
    }
  }

  private static long count(String folder) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of(folder))) {
      return entries.count();
    }
  }

  @Test
  void manyMachines_leaveNothingBehind() throws Exception {
    for (int i = 0; i < WARM_UP; i++) {
      run();
      runFailing();
    }
    assertEquals(List.of(), Held.left());
    long files = count("/proc/self/fd");
    int runs = Integer.parseInt(RUNS);

    for (int i = 0; i < runs; i++) {
      run();
    }
    for (int i = 0; i < runs / 20; i++) {
      runFailing();
    }

    assertEquals(List.of(), Held.left());
    assertEquals(files, count("/proc/self/fd"));
  }

  /** So that the test above looks in the right places. */
  @Test
  void openMachine_isSeenToHoldFilesAndMappings() throws Exception {
    try (TestMachine machine = TestMachine.storing()) {
      List<String> held = Held.now();

      assertTrue(held.contains("/dev/kvm"), held::toString);
      assertTrue(held.stream().anyMatch(name -> name.contains("kvm-vm")), held::toString);
      assertTrue(held.stream().anyMatch(name -> name.contains("kvm-vcpu")), held::toString);
      assertTrue(held.stream().anyMatch(name -> name.contains("memfd:kvmpl")), held::toString);
      assertEquals(0, machine.memory().getLong(FREE));
    }
    assertEquals(List.of(), Held.left());
  }
}
