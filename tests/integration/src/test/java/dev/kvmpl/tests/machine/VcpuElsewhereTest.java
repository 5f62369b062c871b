// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.KernelScript.REFUSED;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.tests.support.KernelScript;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SNP_AP_CREATION for vCPUs of other processors: on INIT, and taken away again. */
@RequiresKvm
class VcpuElsewhereTest {
  private static final List<Integer> SECOND = List.of(1);
  private static final long HV_IPI = 0x80000015L;

  // What the driver "arranges" is told.
  private static final long NOTHING = -1;
  private static final long LOOPS = 2;

  @Test
  void vcpuThatIsCreatedOnInit_startsWithIt_andOnce() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("creates_on_init"))
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, SECOND, FREE, 8L, 0x42L)
            .driver(BuiltInPayload.STORE)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      // Accepted; INIT for nobody refused; not started; INIT accepted; nothing left to start.
      assertEquals(List.of(0L, 0x02002L), result.driverStatus());
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  @Test
  void vcpuThatIsTakenFromALoopingDriver_isFreeForTheNext() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("destroys"))
            .driver(Payloads.driver("loops"), Vmpl.VMPL2, SECOND)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(2), FREE, 8L, 0x42L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  /** Drivers: 1 loops, 2 stores, both on the second processor. */
  private static TestMachine.Builder looping(KernelScript script, Vmpl storing) {
    return script
        .machine()
        .driver(Payloads.driver("arranges"), Vmpl.VMPL2, SECOND, NOTHING, LOOPS, 0L, 0L)
        .driver(BuiltInPayload.STORE, storing, SECOND, FREE, 8L, 0x42L);
  }

  @ParameterizedTest
  @EnumSource(names = {"VMPL2", "VMPL3"})
  void initWhileTheVcpuIsNotFree_isRefused_andWhatWaitsForItWaitsOn(Vmpl storing) {
    KernelScript script =
        KernelScript.with()
            .createOnInit(2)
            .create(1)
            .await(1)
            .init(2)
            .destroy(1)
            .halt()
            .init(2)
            .halt()
            .init(2);
    try (TestMachine machine = looping(script, storing).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(0L, 0L, 0L, REFUSED, 0L, 0L, 0L, 0L, REFUSED), script.results(machine.memory()));
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  /** Two drivers for one processor: one runs there at a time, and INIT starts one. */
  @Test
  void vcpusOfTwoLevelsThatWaitForOneInit_startInTheirOrder() {
    KernelScript script =
        KernelScript.with().createOnInit(1).createOnInit(2).init(1).halt().init(1).halt().init(1);
    try (TestMachine machine =
        script
            .machine()
            .driver(BuiltInPayload.STORE, Vmpl.VMPL3, SECOND, FREE, 8L, 1L)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, SECOND, FREE, 8L, 2L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L, 0L, 0L, 0L, 0L, REFUSED), script.results(machine.memory()));
      assertEquals(List.of(2, 3), result.operations().stream().map(Operation::driver).toList());
    }
  }

  /** It waits for the guest kernel's, on the first processor as well as from elsewhere. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void initOfADriver_isRefused(int processor) {
    long toSecond = 1L << 32 | 0x500;
    KernelScript script = KernelScript.with().createOnInit(2).create(1);
    if (processor != 0) {
      script.halt();
    }
    script.init(2).halt();
    try (TestMachine machine =
        script
            .machine()
            .driver(
                Payloads.driver("sends_event"),
                Vmpl.VMPL1,
                List.of(processor),
                HV_IPI,
                toSecond,
                0L)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, SECOND, FREE, 8L, 0x42L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(REFUSED << 32 | 5, result.driverStatus().get(1)); // invalid input
      assertEquals(0, script.results(machine.memory()).getLast());
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  @Test
  void vmsa_isReadWhenItIsAskedFor_andNotAgain() {
    KernelScript script = KernelScript.with().createOnInit(1).clearVmsa(1).init(1).halt();
    try (TestMachine machine =
        script
            .machine()
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, SECOND, FREE, 8L, 0x42L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L, 0L, 0L), script.results(machine.memory()));
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  /** Each of a halt's two orders: before the driver gives the vCPU back, and after it. */
  @Test
  void guestKernelThatHalts_goesOnOnceForEachVcpuThatIsGivenBack_andElseTheMachineFails() {
    KernelScript script =
        KernelScript.with().create(1).createWhenFree(2).halt().halt().create(1).halt().halt();
    try (TestMachine machine =
        script
            .machine()
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, SECOND, FREE, 8L, 1L)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, SECOND, FREE + 8, 8L, 2L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome(), result.message());
      assertTrue(result.message().startsWith("KVM_EXIT_HLT on vcpu0-vmpl1"), result::message);
      assertEquals(
          3, result.steps().stream().filter(event -> event.step() == Step.ASSOCIATE).count());
    }
  }

  /** What the driver before was about to be told, #VC here, would lead its start astray. */
  @Test
  void vcpuThatIsTaken_startsAnewWithNothingPending() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("takes_often"))
            .driver(Payloads.driver("asks_about_absent_page"), Vmpl.VMPL1, SECOND, FREE)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL1, List.of(2))
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(200, result.driverStatus().getLast());
    }
  }
}
