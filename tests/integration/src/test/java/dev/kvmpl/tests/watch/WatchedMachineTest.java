// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SvsmCalls;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the machine itself is made of stays closed where it only watches. */
@RequiresKvm
class WatchedMachineTest {
  private static final long PAGE = PageRange.PAGE_SIZE;
  private static final long BYTES = 0x6b6b6b6b6b6b6b6bL;

  /** Of each of VMPL0's areas the borders, and what is in them. */
  static LongStream structures() {
    long tables = MemoryLayout.PAYLOADS.of(Vmpl.VMPL0).pageTables();
    return LongStream.of(
        Abi.KVMPL_VMPL0_BASE(),
        tables,
        tables + 2 * PAGE,
        MemoryLayout.PAYLOADS.of(Vmpl.VMPL0).bootInfo(0),
        MemoryLayout.PAYLOADS.of(Vmpl.VMPL0).request(0),
        MemoryLayout.PAYLOADS.of(Vmpl.VMPL0).images(),
        Abi.KVMPL_VMPL0_END() - 8,
        Abi.KVMPL_VALIDATOR_GPA(),
        Abi.KVMPL_RMP_GPA(),
        Abi.KVMPL_TABLES_BASE() - 8,
        Abi.KVMPL_TABLES_BASE(),
        Abi.KVMPL_RESTRICTED_GPA(),
        Abi.KVMPL_OWNERSHIP_GPA(),
        Abi.KVMPL_PERMISSIONS_GPA(),
        Abi.KVMPL_KERNEL_MEMORY_BASE() - 8);
  }

  @ParameterizedTest
  @MethodSource("structures")
  void write_isRefused_andNothingOfItIsOpened(long gpa) {
    Opened opened = new Opened();
    try (TestMachine machine =
        Watching.with().driver(BuiltInPayload.STORE, gpa, 8L, BYTES).build()) {
      RunResult result = machine.run(opened);

      assertEquals(List.of(Verdict.RESTRICTED), Watching.verdicts(result));
      assertTrue(machine.memory().getLong(gpa) != BYTES);
      assertEquals(List.of(0L, 1L), result.driverStatus());
      assertEquals(List.of(), List.copyOf(opened.below));
    }
  }

  /**
   * All of it, page by page, each of its own reasons forgotten: a validator that allows nothing.
   */
  @ParameterizedTest
  @EnumSource
  void sweepOverVmpl0AndItsTables_opensNoPage(EnforcementKind kind) {
    Opened opened = new Opened();
    Long[] stores =
        LongStream.iterate(
                Abi.KVMPL_VMPL0_BASE(),
                gpa -> gpa < Abi.KVMPL_KERNEL_MEMORY_BASE(),
                gpa -> gpa + 65 * PAGE)
            .boxed()
            .limit(20)
            .flatMap(gpa -> Stream.of(gpa, 8L, BYTES))
            .toArray(Long[]::new);
    try (TestMachine machine =
        Watching.with().enforcement(kind).driver(BuiltInPayload.STORE, stores).build()) {
      RunResult result = machine.run(opened);

      assertEquals(stores.length / 3, Watching.verdicts(result).size());
      assertTrue(Watching.verdicts(result).stream().allMatch(Verdict.RESTRICTED::equals));
      assertEquals(List.of(), List.copyOf(opened.below));
    }
  }

  /** The border itself: the last byte before kernel memory and the first of it, in one store. */
  @ParameterizedTest
  @EnumSource(names = {"TRAP", "FAULT"})
  void storeFromTheTablesIntoKernelMemory_isRefusedAsAWhole(Detection detection) {
    long border = Abi.KVMPL_KERNEL_MEMORY_BASE();
    Opened opened = new Opened();
    try (TestMachine machine =
        Watching.with()
            .detection(detection)
            .driver(BuiltInPayload.STORE, border - 4, 8L, BYTES)
            .build()) {
      machine.run(opened);

      assertEquals(0, machine.memory().load(border - 4, 4));
      assertEquals(List.of(), List.copyOf(opened.below));
    }
  }

  /** By a call a driver names what it likes. */
  @Test
  void callThatAsksForVmpl0sMemory_isRefused() {
    Opened opened = new Opened();
    SvsmCalls calls =
        SvsmCalls.with().validate(Abi.KVMPL_VMPL0_BASE()).validate(TestMachine.RESTRICTED.start());
    try (TestMachine machine =
        Watching.with().driver(Payloads.driver("calls_svsm"), calls.arguments()).build()) {
      RunResult result = machine.run(opened);

      assertEquals(List.of(Verdict.RESTRICTED, Watching.RESTRICTED), Watching.verdicts(result));
      assertEquals(
          List.of(Verdict.RESTRICTED.code(), SvsmCalls.SUCCESS),
          calls.results(machine.memory(), Vmpl.VMPL1, 1));
      assertEquals(List.of(), List.copyOf(opened.below));
    }
  }

  /** Every change of permissions below kernel memory that lets a lower level write. */
  private static final class Opened implements Observer {
    final ConcurrentLinkedQueue<String> below = new ConcurrentLinkedQueue<>();

    @Override
    public void permitted(WatchedVcpu by, Vmpl level, long gpa, long length, int permissions) {
      if (gpa < Abi.KVMPL_KERNEL_MEMORY_BASE() && (permissions & PagePermissions.WRITE) != 0) {
        below.add(String.format(Locale.ROOT, "%s %#x", level, gpa));
      }
    }
  }
}
