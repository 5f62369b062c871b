// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Calls whose order or number is what a machine's making costs: counted, and not timed. */
@Isolated
@RequiresKvm
class MachineCallsTest {
  private static final long FREE = 0x1200000;

  private final List<Long> requests = new ArrayList<>();

  @AfterEach
  void noMore() {
    Syscalls.inject(Syscalls.Faults.NONE);
  }

  private void make() {
    Syscalls.inject(
        (call, request) -> {
          requests.add(request);
          return 0;
        });
    TestMachine.with().driver(BuiltInPayload.STORE, FREE, 8L, 1L).build().close();
    Syscalls.inject(Syscalls.Faults.NONE);
  }

  @Test
  void filterOfMsrs_isSetBeforeTheFirstSlot_inEachVm() {
    make();

    List<Long> wanted =
        List.of(
            (long) Kvm.KVM_CREATE_VM(),
            Kvm.KVM_X86_SET_MSR_FILTER(),
            Kvm.KVM_SET_USER_MEMORY_REGION());
    List<Long> seen = new ArrayList<>();
    for (long request : requests) {
      if (wanted.contains(request) && (seen.isEmpty() || seen.getLast() != request)) {
        seen.add(request);
      }
    }
    List<Long> levels = new ArrayList<>(wanted);
    levels.addAll(wanted);
    assertTrue(seen.size() >= levels.size(), seen::toString);
    assertEquals(levels, seen.subList(0, levels.size()));
  }

  @Test
  void cpuid_isAskedForOnce_whateverNumberOfVcpus() {
    make();

    long asked = requests.stream().filter(r -> r == Kvm.KVM_GET_SUPPORTED_CPUID()).count();
    long told = requests.stream().filter(r -> r == Kvm.KVM_SET_CPUID2()).count();
    assertEquals(1, asked);
    assertEquals(2, told);
  }
}
