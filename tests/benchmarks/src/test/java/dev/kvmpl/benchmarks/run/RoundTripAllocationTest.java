// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvmpl.benchmarks.guest.Allocation;
import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.host.UnusableHostException;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.HandOverKind;
import dev.kvmpl.vmpl.Vmpl;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Exit, verdict and resume allocate nothing once the JVM has compiled them: of the round trips of a
 * machine there are many in a row without a byte. The tag keeps it off hosts whose JVM has no C2.
 */
@Tag("subprocess")
class RoundTripAllocationTest {
  private static final int PAGES = 3500;
  private static final int IN_A_ROW = 64;
  private static final int MACHINES = 10;

  /** The least that one thread allocates between so many of its vCPU's exits. */
  private static final class Least implements Observer {
    private final Vmpl level;
    private long exits;
    private long from;
    private long least = Long.MAX_VALUE;

    Least(Vmpl level) {
      this.level = level;
    }

    @Override
    public Reply exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
      if (vcpu.level() == level && exits++ % IN_A_ROW == 0) {
        long now = Allocation.bytes();
        least = exits > 1 ? Math.min(least, now - from) : least;
        from = now;
      }
      return Reply.GO_ON;
    }
  }

  @ParameterizedTest
  @CsvSource({"SLOTS,THREAD", "SLOTS,THREADS", "MAPPING,THREAD", "MAPPING,THREADS"})
  void roundTrips_allocateNothing_onceTheyAreCompiled(
      EnforcementKind enforcement, HandOverKind handOver) throws Exception {
    long leastOfDriver = Long.MAX_VALUE;
    long leastOfValidator = Long.MAX_VALUE;
    try (Kvm kvm = open()) {
      for (int i = 0; i < MACHINES && leastOfDriver + leastOfValidator != 0; i++) {
        Least driver = new Least(Vmpl.VMPL1); // threads are a machine's own
        Least validator = new Least(Vmpl.VMPL0);
        try (Machine machine =
            new Machine(
                kvm,
                Machines.of("pages", Machines.FIRST_PAGE, PAGES)
                    .enforcement(enforcement)
                    .handOver(handOver)
                    .build())) {
          assertEquals(Outcome.COMPLETED, machine.run(driver, validator).outcome());
        }
        leastOfDriver = Math.min(leastOfDriver, driver.least);
        leastOfValidator = Math.min(leastOfValidator, validator.least);
      }
    }
    assertEquals(0, leastOfDriver, "bytes, on the driver's thread");
    assertEquals(0, leastOfValidator, "bytes, on VMPL0's thread");
  }

  private static Kvm open() {
    try {
      return Kvm.open();
    } catch (UnusableHostException e) {
      assumeTrue("1".equals(System.getenv("KVMPL_REQUIRE_KVM")), e.getMessage());
      throw e;
    }
  }
}
