// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.HandOverKind;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** However vCPUs take turns, a machine does the same; what differs is on which thread. */
@RequiresKvm
class HandOverKindsTest {
  /** On which threads each vCPU's exits are handled. */
  private static final class Threads implements Observer {
    private final Map<String, Set<String>> byVcpu = new HashMap<>();

    @Override
    public Reply exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
      byVcpu
          .computeIfAbsent(vcpu.name(), ignored -> new HashSet<>())
          .add(Thread.currentThread().getName());
      return Reply.GO_ON;
    }
  }

  private static TestMachine.Builder machine(HandOverKind kind) {
    return TestMachine.with().handOver(kind);
  }

  @ParameterizedTest
  @EnumSource
  void store_isJudgedAndDone_onTheThreadsThatThereAre(HandOverKind kind) {
    Threads threads = new Threads();
    try (TestMachine machine =
        machine(kind).driver(BuiltInPayload.STORE, FREE + 8, 8L, 5L).build()) {
      RunResult result = machine.run(threads);

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(new Operation(DRIVER, Access.WRITE, FREE + 8, 8, 5, Verdict.ALLOWED, DRIVER)),
          result.operations());
      assertEquals(1, result.steps().stream().filter(step -> step.step() == Step.COMPLETE).count());
    }
    Map<String, Set<String>> expected =
        switch (kind) {
          case THREADS ->
              Map.of("vcpu0-vmpl1", Set.of("vcpu0-vmpl1"), "vcpu1-vmpl0", Set.of("vcpu1-vmpl0"));
          case THREAD ->
              Map.of("vcpu0-vmpl1", Set.of("processor0"), "vcpu1-vmpl0", Set.of("processor0"));
        };
    assertEquals(expected, threads.byVcpu);
  }

  @ParameterizedTest
  @EnumSource
  void driversOnThreeProcessors_allRun(HandOverKind kind) {
    try (TestMachine machine =
        machine(kind)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(1), FREE, 8L, 1L)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL3, List.of(2), FREE + 4096, 8L, 2L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(1, machine.memory().getLong(FREE));
      assertEquals(2, machine.memory().getLong(FREE + 4096));
    }
  }

  @ParameterizedTest
  @EnumSource
  void guestThatLoops_isStopped_andNoThreadIsLeft(HandOverKind kind) {
    try (TestMachine machine =
        machine(kind).driver(Payloads.driver("loops")).timeLimit(Duration.ofSeconds(1)).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.TIMED_OUT, result.outcome(), result.message());
    }
    assertTrue(
        Thread.getAllStackTraces().keySet().stream()
            .map(Thread::getName)
            .noneMatch(name -> name.startsWith("vcpu") || name.startsWith("processor")));
  }
}
