// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.spec.HandOverKind;
import dev.kvmpl.spec.SlotChanges;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** On which CPUs of the host the vCPUs' threads may run. */
@RequiresKvm
class SlotChangesTest {
  private static final String BOOT_CPU = "0";

  /** As the kernel lists them. */
  private static String allowedCpus() {
    try {
      return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
          .filter(line -> line.startsWith("Cpus_allowed_list:"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<Vmpl, Set<String>> cpus(SlotChanges where, HandOverKind handOver) {
    Map<Vmpl, Set<String>> cpus = new EnumMap<>(Vmpl.class);
    Observer observer =
        new Observer() {
          @Override
          public Reply exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
            cpus.computeIfAbsent(vcpu.level(), level -> new TreeSet<>()).add(allowedCpus());
            return Reply.GO_ON;
          }
        };
    try (TestMachine machine =
        TestMachine.with()
            .slotChanges(where)
            .handOver(handOver)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      RunResult result = machine.run(observer);
      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    }
    return cpus;
  }

  @Test
  void validatorsThread_isBoundToTheBootCpu_andAllOthersRunBesideIt() {
    Matcher all = Pattern.compile("0-(\\d+)").matcher(allowedCpus());
    assumeTrue(all.matches(), "the host has one CPU, or not all may be used");
    String others = all.group(1).equals("1") ? "1" : "1-" + all.group(1);

    assertEquals(
        Map.of(Vmpl.VMPL0, Set.of(BOOT_CPU), Vmpl.VMPL1, Set.of(others)),
        cpus(SlotChanges.BOOT_CPU, HandOverKind.THREADS));
  }

  @Test
  void oneThreadForAll_isBound() {
    assertEquals(
        Map.of(Vmpl.VMPL0, Set.of(BOOT_CPU), Vmpl.VMPL1, Set.of(BOOT_CPU)),
        cpus(SlotChanges.BOOT_CPU, HandOverKind.THREAD));
  }

  @Test
  void whereSlotsMayChangeAnywhere_nobodyIsBound() {
    Set<String> all = Set.of(allowedCpus());

    assertEquals(
        Map.of(Vmpl.VMPL0, all, Vmpl.VMPL1, all), cpus(SlotChanges.ANY_CPU, HandOverKind.THREADS));
  }
}
