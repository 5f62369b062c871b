// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertIterableEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.UnusableHostException;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.spec.HandOverKind;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The C program that Java is compared with makes the same ioctls, one by one. */
@Isolated
@Tag("subprocess")
class TwinTest {
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

  private static List<Ioctl> inJava(int pages, String handOver) throws Exception {
    RecordedIoctls recorded = new RecordedIoctls();
    try (Kvm kvm = open()) {
      Syscalls.inject(recorded);
      try (Machine machine =
          new Machine(
              kvm,
              Machines.of("pages", Machines.FIRST_PAGE, pages)
                  .handOver(HandOverKind.valueOf(handOver.toUpperCase(Locale.ROOT)))
                  .build())) {
        assertEquals(Outcome.COMPLETED, machine.run().outcome());
      }
      Syscalls.inject(Syscalls.Faults.NONE);
    }
    return recorded.calls();
  }

  @ParameterizedTest
  @CsvSource({"1, threads", "2, threads", "5, threads", "5, thread"})
  void machineInC_makesTheCallsOfOneInJava_inTheirOrder(int pages, String handOver)
      throws Exception {
    List<Ioctl> inJava = inJava(pages, handOver);
    try (Peer peer = new Peer()) {
      assertIterableEquals(Sequence.of(inJava), Sequence.of(peer.calls(pages, handOver)));
    }
  }
}
