// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** As many mappings as the host lets a process have. */
@RequiresKvm
@Tag("exhaustive")
class HostMappingsTest {
  /** What a test can use up in reasonable time: 65530 by default. */
  private static final int REASONABLE = 80_000;

  private final int mappings = hostMappings();

  private static int hostMappings() {
    try (BufferedReader file = Files.newBufferedReader(Path.of("/proc/sys/vm/max_map_count"))) {
      return Integer.parseInt(file.readLine());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes every second page of kernel memory from VMPL2. */
  private TestMachine.Builder fragmenting() {
    assumeTrue(mappings <= REASONABLE, () -> mappings + " mappings");
    long pages = mappings;
    return TestMachine.with()
        .enforcement(EnforcementKind.MAPPING)
        .withoutOthers()
        .memory(
            (MemoryLayout.PAYLOADS.memoryMin() + pages * PageRange.PAGE_SIZE)
                & -MemoryLayout.LARGE_PAGE)
        .timeLimit(Duration.ofMinutes(10))
        .driver(
            Payloads.driver("adjusts_many"),
            MemoryLayout.PAYLOADS.kernelMemory(),
            2L * PageRange.PAGE_SIZE,
            pages / 2,
            2L,
            0L)
        .driver(Payloads.driver("returns"), Vmpl.VMPL2, List.of(0));
  }

  @Test
  void rmpadjust_isAnsweredWhenTheLevelsShareOfMappingsIsUsed() {
    try (TestMachine machine = fragmenting().build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(Abi.KVMPL_RMP_FAIL_NO_ROOM(), result.driverStatus().getFirst() >>> 32);
      int pieces = result.after().columns().getOrDefault(Vmpl.VMPL2, List.of()).size();
      assertTrue(2 * pieces > mappings / 4 && 2 * pieces < mappings / 3, pieces + " pieces");
    }
  }

  /** Nobody counts: the kernel is the one who refuses. */
  @Test
  void changeThatTheKernelRefuses_endsTheMachine_whichCanBeClosed() {
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
                "mprotect\\(offset .*\\): ENOMEM, no more mappings in this process: raise the"
                    + " host's limit \\(sysctl vm.max_map_count\\) on vcpu0-vmpl1"),
        result::message);
  }
}
