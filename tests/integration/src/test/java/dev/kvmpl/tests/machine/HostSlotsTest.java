// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** As many slots as this host's KVM has, which takes tens of thousands of slot changes. */
@RequiresKvm
@Tag("exhaustive")
class HostSlotsTest {
  private static final int MORE = 50;

  /** What a test can use up in reasonable time: KVM has 32764, and had 509. */
  private static final int REASONABLE = 40_000;

  private final int slots = hostSlots();

  private static int hostSlots() {
    try (Kvm kvm = Kvm.open()) {
      return kvm.slots();
    }
  }

  /** Takes every second page of kernel memory from VMPL2. */
  private TestMachine.Builder fragmenting() {
    assumeTrue(slots <= REASONABLE, () -> slots + " slots");
    long pages = 2L * (slots + MORE);
    return TestMachine.with()
        .enforcement(EnforcementKind.SLOTS)
        .withoutOthers()
        .memory(
            (MemoryLayout.PAYLOADS.memoryMin() + pages * PageRange.PAGE_SIZE)
                & -MemoryLayout.LARGE_PAGE)
        .timeLimit(Duration.ofMinutes(10))
        .driver(
            Payloads.driver("adjusts_many"),
            MemoryLayout.PAYLOADS.kernelMemory(),
            2L * PageRange.PAGE_SIZE,
            (long) slots + MORE,
            2L,
            0L)
        .driver(Payloads.driver("returns"), Vmpl.VMPL2, List.of(0));
  }

  @Test
  void rmpadjust_isAnsweredWhenEverySlotIsUsed() {
    try (TestMachine machine = fragmenting().build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(Abi.KVMPL_RMP_FAIL_NO_ROOM(), result.driverStatus().getFirst() >>> 32);
      assertEquals(slots, result.after().columns().getOrDefault(Vmpl.VMPL2, List.of()).size());
    }
  }

  /** Nobody counts: KVM is the one who refuses, while another level's vCPU is in the guest. */
  @Test
  void slotChangeThatKvmRefuses_endsTheMachine_whichCanBeClosed() {
    RunResult result;
    TestMachine.Builder machineWithLoop =
        fragmenting().driver(Payloads.driver("loops"), Vmpl.VMPL3, List.of(1));
    try (TestMachine machine = machineWithLoop.build().withSlots(Integer.MAX_VALUE)) {
      result = machine.run();
    }

    assertEquals(Outcome.FAILED, result.outcome());
    assertTrue(
        result
            .message()
            .matches(
                "KVM_SET_USER_MEMORY_REGION\\(slot %d, gpa .*\\): EINVAL.* on vcpu0-vmpl1"
                    .formatted(slots)),
        result::message);
  }
}
