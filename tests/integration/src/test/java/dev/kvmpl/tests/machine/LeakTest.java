// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  /** Of KVM and guest memory: the JVM maps and opens other things as it likes. */
  private static List<String> held() throws IOException {
    List<String> held = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      files.map(LeakTest::target).filter(LeakTest::isOurs).forEach(held::add);
    }
    try (Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
      mappings.filter(LeakTest::isOurs).forEach(held::add);
    }
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      tasks
          .map(task -> read(task.resolve("comm")))
          .filter(name -> name.startsWith("vcpu"))
          .forEach(held::add);
    }
    return held;
  }

  private static boolean isOurs(String name) {
    return name.contains("/dev/kvm")
        || name.contains("anon_inode:kvm")
        || name.contains("memfd:kvmpl");
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return ""; // the folder's own, closed by now
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // a thread that has ended
    }
  }

  private static long count(String folder) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of(folder))) {
      return entries.count();
    }
  }

  @Test
  void manyMachines_leaveNothingBehind() throws IOException {
    for (int i = 0; i < WARM_UP; i++) {
      run();
      runFailing();
    }
    assertEquals(List.of(), held());
    long files = count("/proc/self/fd");
    int runs = Integer.parseInt(RUNS);

    for (int i = 0; i < runs; i++) {
      run();
    }
    for (int i = 0; i < runs / 20; i++) {
      runFailing();
    }

    assertEquals(List.of(), held());
    assertEquals(files, count("/proc/self/fd"));
  }

  /** So that the test above looks in the right places. */
  @Test
  void openMachine_isSeenToHoldFilesAndMappings() throws IOException {
    try (TestMachine machine = TestMachine.storing()) {
      List<String> held = held();

      assertTrue(held.contains("/dev/kvm"), held::toString);
      assertTrue(held.stream().anyMatch(name -> name.contains("kvm-vm")), held::toString);
      assertTrue(held.stream().anyMatch(name -> name.contains("kvm-vcpu")), held::toString);
      assertTrue(held.stream().anyMatch(name -> name.contains("memfd:kvmpl")), held::toString);
      assertEquals(0, machine.memory().getLong(FREE));
    }
    assertEquals(List.of(), held());
  }
}
