// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.UnusableHostException;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.observe.Outcome;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The C program that Java is compared with makes the same calls: counted. */
@Isolated
@Tag("subprocess")
class TwinTest {
  private final SortedMap<Long, Long> calls = new TreeMap<>();

  @AfterEach
  void noMore() {
    Syscalls.inject(Syscalls.Faults.NONE);
  }

  private static Kvm open() {
    try {
      return Kvm.open();
    } catch (UnusableHostException e) {
      assumeTrue("1".equals(System.getenv("KVMPL_REQUIRE_KVM")), e.getMessage());
      throw e;
    }
  }

  /** What both ask of /dev/kvm once is none of a machine's. */
  private static boolean isOnce(long request) {
    return request == dev.kvmpl.bindings.kvm.Kvm.KVM_GET_SUPPORTED_CPUID()
        || request == dev.kvmpl.bindings.kvm.Kvm.KVM_GET_VCPU_MMAP_SIZE();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void machineInC_makesEachCallAsOftenAsOneInJava(int pages) throws Exception {
    try (Kvm kvm = open()) {
      Syscalls.inject(
          (call, request) -> {
            if (call.equals("ioctl")) {
              synchronized (calls) {
                calls.merge(request, 1L, Long::sum);
              }
            }
            return 0;
          });
      try (Machine machine =
          new Machine(kvm, Machines.of("pages", Machines.FIRST_PAGE, pages).build())) {
        assertEquals(Outcome.COMPLETED, machine.run().outcome());
      }
      Syscalls.inject(Syscalls.Faults.NONE);
    }
    calls.keySet().removeIf(TwinTest::isOnce);
    try (Peer peer = new Peer()) {
      SortedMap<Long, Long> peers = peer.calls(pages);
      peers.keySet().removeIf(TwinTest::isOnce);

      assertEquals(calls, peers);
    }
  }
}
