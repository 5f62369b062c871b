// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.SvsmCalls.INVALID_ADDRESS;
import static dev.kvmpl.tests.support.SvsmCalls.INVALID_PARAMETER;
import static dev.kvmpl.tests.support.SvsmCalls.SUCCESS;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.vmsa;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.tests.support.KernelScript;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SvsmCalls;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The guest kernel's SVSM calls: what drivers before and after it leave of them, and undo. */
@RequiresKvm
class KernelsCallsTest {
  private static final long REMAP_CA = 0;
  private static final long PVALIDATE = 1;
  private static final long CREATE_VCPU = 2;
  private static final long DELETE_VCPU = 3;
  private static final long QUERY_PROTOCOL = 6;
  private static final long UNCHANGED = 0x80001010L;

  // The last pages of VMPL1's memory, in which nothing else is, and of VMPL2's.
  private static final long LIST = 0x3f0000;
  private static final long PAGE = 0x3f1000;
  private static final long AREA = 0x3f2000;
  private static final long OTHER_AREA = 0x3f3000;
  private static final long LOW_PAGE = 0x5f0000;
  private static final long LOW_AREA = 0x5f1000;

  @Test
  void callingAreaOfTheKernels_servesAgainAfterADriverThatHadOneOfItsOwn() {
    KernelScript script =
        KernelScript.with()
            .call(REMAP_CA, AREA, 0, 0)
            .create(1)
            .call(QUERY_PROTOCOL, 1, 0, 0)
            .call(REMAP_CA, AREA + 8, 0, 0);
    SvsmCalls drivers = SvsmCalls.with().remapArea(OTHER_AREA).queryProtocol();
    try (TestMachine machine =
        script.machine().driver(Payloads.driver("calls_svsm"), drivers.arguments()).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(SUCCESS, 0L, SUCCESS, SUCCESS), script.results(machine.memory()));
    }
  }

  @Test
  void pageThatTheKernelHasRescinded_staysSoWhateverDriversCome() {
    KernelScript script =
        KernelScript.with().call(PVALIDATE, LIST, 0, 0).create(1).call(PVALIDATE, LIST + 64, 0, 0);
    SvsmCalls drivers = SvsmCalls.with().queryProtocol();
    try (TestMachine machine =
        script.machine().driver(Payloads.driver("calls_svsm"), drivers.arguments()).build()) {
      SvsmCalls.writeList(machine.memory(), LIST, PAGE, FREE);
      SvsmCalls.writeList(machine.memory(), LIST + 64, PAGE);
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(SUCCESS, 0L, UNCHANGED), script.results(machine.memory()));
    }
  }

  @Test
  void pageThatADriverOwns_isNotTheKernelsToRescind() {
    KernelScript script = KernelScript.with().create(1).call(PVALIDATE, LIST, 0, 0);
    try (TestMachine machine =
        script.machine().driver(BuiltInPayload.STORE, FREE, 8L, 0x42L).build()) {
      SvsmCalls.writeList(machine.memory(), LIST, FREE);
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, INVALID_ADDRESS), script.results(machine.memory()));
    }
  }

  @Test
  void vcpuThatADriverHasCreated_isTheKernelsToDelete() {
    KernelScript script =
        KernelScript.with()
            .create(1)
            .await(1)
            .call(DELETE_VCPU, LOW_PAGE, 0, 0)
            .call(DELETE_VCPU, LOW_PAGE, 0, 0);
    long vcpu = 2;
    long loops = 2;
    try (TestMachine machine =
        script
            .machine()
            .driver(
                Payloads.driver("arranges"),
                Vmpl.VMPL2,
                List.of(1),
                vcpu,
                loops,
                LOW_PAGE,
                LOW_AREA)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L, SUCCESS, INVALID_PARAMETER), script.results(machine.memory()));
      assertEquals(0, result.driverStatus().getLast()); // it was created
    }
  }

  /** On the kernel's own vCPU, and at the level for which it is. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void vcpuThatTheKernelHasCreated_isNotADriversToDelete(int level) {
    KernelScript script =
        KernelScript.with()
            .call(CREATE_VCPU, PAGE, LOW_AREA, 1)
            .create(1)
            .call(DELETE_VCPU, PAGE, 0, 0);
    SvsmCalls drivers = SvsmCalls.with().deleteVcpu(PAGE);
    try (TestMachine machine =
        script
            .machine()
            .driver(Payloads.driver("calls_svsm"), Vmpl.of(level), List.of(0), drivers.arguments())
            .build()) {
      machine.memory().store(PAGE + vmsa.vmpl$offset(), 1, 2);
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(SUCCESS, 0L, SUCCESS), script.results(machine.memory()));
      assertEquals(
          List.of(INVALID_PARAMETER), drivers.results(machine.memory(), Vmpl.of(level), 1));
    }
  }
}
