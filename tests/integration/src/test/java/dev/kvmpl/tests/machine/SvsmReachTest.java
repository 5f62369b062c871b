// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.SvsmCalls.BUSY;
import static dev.kvmpl.tests.support.SvsmCalls.INVALID_ADDRESS;
import static dev.kvmpl.tests.support.SvsmCalls.INVALID_PARAMETER;
import static dev.kvmpl.tests.support.SvsmCalls.INVALID_REQUEST;
import static dev.kvmpl.tests.support.SvsmCalls.SUCCESS;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.vmsa;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.spec.Permission;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SvsmCalls;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * VMPL0 reads and writes for a lower level only where that level may itself at that moment, and
 * nothing that it needs is taken away under it.
 */
@RequiresKvm
class SvsmReachTest {
  // The last pages of VMPL2's memory, in which nothing else is.
  private static final long LIST = 0x5f0000;
  private static final long LIST2 = 0x5f1000;
  private static final long PAGE = 0x5f2000;
  private static final long AREA = 0x5f3000;
  private static final long FIRST_AREA = 0x484000;

  // What the driver "arranges" is told.
  private static final long NOTHING = -1;
  private static final long LOOPS = 2;

  private static final List<Integer> FIRST = List.of(0);

  /** The results of VMPL2's driver; the machine completes, and the next driver of VMPL2 runs. */
  private static List<Long> results(SvsmCalls calls, Consumer<GuestMemory> prepare) {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(Payloads.driver("calls_svsm"), Vmpl.VMPL2, FIRST, calls.arguments())
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, FIRST, OTHERS.start(), 8L, 1L)
            .build()) {
      prepare.accept(machine.memory());
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(1, machine.memory().getLong(OTHERS.start()));
      assertEquals(result.before().columns(), result.after().columns());
      return calls.results(machine.memory(), Vmpl.VMPL2, 0);
    }
  }

  @Test
  void callingAreaInARescindedPage_isRefused() {
    SvsmCalls calls = SvsmCalls.with().pvalidate(LIST).remapArea(PAGE).queryProtocol();

    assertEquals(
        List.of(SUCCESS, INVALID_ADDRESS, SUCCESS),
        results(calls, memory -> SvsmCalls.writeList(memory, LIST, PAGE)));
  }

  @Test
  void pageOfTheCallingArea_isNotRescinded_norThatOfTheFirstOne() {
    SvsmCalls calls =
        SvsmCalls.with().remapArea(AREA).pvalidate(LIST).pvalidate(LIST2).queryProtocol();

    assertEquals(
        List.of(SUCCESS, INVALID_REQUEST, INVALID_REQUEST, SUCCESS),
        results(
            calls,
            memory -> {
              SvsmCalls.writeList(memory, LIST, AREA);
              SvsmCalls.writeList(memory, LIST2, FIRST_AREA);
            }));
  }

  @Test
  void listInARescindedPage_isRefused() {
    SvsmCalls calls = SvsmCalls.with().pvalidate(LIST).pvalidate(PAGE);

    assertEquals(
        List.of(SUCCESS, INVALID_ADDRESS),
        results(
            calls,
            memory -> {
              SvsmCalls.writeList(memory, LIST, PAGE);
              SvsmCalls.writeList(memory, PAGE, AREA);
            }));
  }

  /** In the middle of it: what comes before is done, what comes after is not. */
  @Test
  void listThatRescindsItsOwnPage_isDoneUpToThere() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(
                Payloads.driver("calls_svsm"),
                Vmpl.VMPL2,
                FIRST,
                SvsmCalls.with().pvalidate(LIST).pvalidate(LIST2).arguments())
            .build()) {
      SvsmCalls.writeList(machine.memory(), LIST, PAGE, LIST, AREA);
      SvsmCalls.writeList(machine.memory(), LIST2, PAGE, AREA);

      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      SvsmCalls calls = SvsmCalls.with().queryProtocol().queryProtocol();
      assertEquals(
          List.of(INVALID_REQUEST, 0x80001010L), // and what was done already is
          calls.results(machine.memory(), Vmpl.VMPL2, 0));
      assertEquals(1, SvsmCalls.next(machine.memory(), LIST));
      assertEquals(0, SvsmCalls.next(machine.memory(), LIST2));
    }
  }

  @Test
  void vmsaInARescindedPage_isRefused_andAPageWithOneIsNotRescinded() {
    SvsmCalls calls =
        SvsmCalls.with()
            .pvalidate(LIST)
            .createVcpu(PAGE, AREA, 1)
            .createVcpu(LIST2, AREA, 1)
            .pvalidate(LIST2 + 0x800)
            .pvalidate(LIST + 0x800)
            .pvalidate(LIST + 0x400);

    assertEquals(
        List.of(
            SUCCESS, INVALID_ADDRESS, SUCCESS, INVALID_REQUEST, INVALID_REQUEST, INVALID_REQUEST),
        results(
            calls,
            memory -> {
              SvsmCalls.writeList(memory, LIST, PAGE);
              memory.store(LIST2 + vmsa.vmpl$offset(), 1, 2);
              memory.store(PAGE + vmsa.vmpl$offset(), 1, 2);
              SvsmCalls.writeList(memory, LIST2 + 0x800, LIST2);
              SvsmCalls.writeList(memory, LIST + 0x800, LIST2);
              SvsmCalls.writeList(memory, LIST + 0x400, AREA);
            }));
  }

  /** SNP has an erratum about VMSAs there; KVM refuses them too. */
  @Test
  void vmsaAtTheStartOfALargePage_isRefused() {
    long gpa = 0x400000;
    assertEquals(
        List.of(INVALID_ADDRESS, SUCCESS),
        results(
            SvsmCalls.with().createVcpu(gpa, AREA, 1).createVcpu(PAGE, AREA, 1),
            memory -> {
              memory.store(gpa + vmsa.vmpl$offset(), 1, 2);
              memory.store(PAGE + vmsa.vmpl$offset(), 1, 2);
            }));
  }

  /** VMPL0 walks the tables of whoever asks, where virtual ranges are protected. */
  @Test
  void pageTableThatIsRescinded_isNotWalked() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .protectedVirtual(OTHERS)
            .driver(Payloads.driver("rescinds_table"), Vmpl.VMPL2, FIRST, LIST, PAGE, FREE)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L), result.driverStatus());
      assertEquals(1, machine.memory().getLong(FREE));
    }
  }

  /** VMPL1 has taken a page of VMPL2's from it: VMPL0 does not write there for VMPL2 either. */
  @Test
  void pageThatALevelHasLost_isNotWrittenForIt_norRescinded() {
    SvsmCalls calls =
        SvsmCalls.with().remapArea(PAGE).pvalidate(PAGE).createVcpu(PAGE, AREA, 1).pvalidate(LIST);
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(Payloads.driver("adjusts_permissions"), PAGE, 2L, 1L)
            .driver(Payloads.driver("calls_svsm"), Vmpl.VMPL2, FIRST, calls.arguments())
            .build()) {
      SvsmCalls.writeList(machine.memory(), PAGE, AREA);
      SvsmCalls.writeList(machine.memory(), LIST, PAGE);
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          Collections.nCopies(4, INVALID_ADDRESS), calls.results(machine.memory(), Vmpl.VMPL2, 1));
      assertEquals(0, SvsmCalls.next(machine.memory(), PAGE));
    }
  }

  /** What a level has adjusted for those below it is the level's, not its driver's. */
  @Test
  void pageThatALevelHasLost_staysLostAfterTheDriverThatTookIt() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(Payloads.driver("adjusts_permissions"), PAGE, 2L, 1L)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, FIRST, PAGE, 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(List.of(0L, 1L), result.driverStatus());
      assertEquals(0, machine.memory().getLong(PAGE));
    }
  }

  @Test
  void callingAreaOfALowerLevel_isNotForALevelToChooseThatCouldNotWriteThere() {
    assertEquals(
        List.of(INVALID_ADDRESS),
        results(
            SvsmCalls.with().createVcpu(PAGE, 0x7f0000, 1),
            memory -> memory.store(PAGE + vmsa.vmpl$offset(), 1, 3)));
  }

  /** VMPL1's driver, while VMPL2 has a driver on another processor. */
  @Test
  void vcpuOfALevelThatAnotherDriverHas_isNotForADriverToCreate() {
    long vmsaPage = 0x3f2000;
    SvsmCalls calls = SvsmCalls.with().createVcpu(vmsaPage, AREA, 1).deleteVcpu(vmsaPage);
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("starts_beside"))
            .driver(Payloads.driver("arranges"), Vmpl.VMPL2, List.of(1), NOTHING, LOOPS, 0L, 0L)
            .driver(Payloads.driver("calls_svsm"), calls.arguments())
            .build()) {
      machine.memory().store(vmsaPage + vmsa.vmpl$offset(), 1, 2);
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(INVALID_REQUEST, INVALID_PARAMETER),
          calls.results(machine.memory(), Vmpl.VMPL1, 1));
    }
  }

  @Test
  void driverWithPermissions_rescindsWhatItMayWrite_andNothingElse() {
    SvsmCalls calls = SvsmCalls.with().pvalidate(LIST).pvalidate(LIST2);
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(Payloads.driver("calls_svsm"), Vmpl.VMPL2, FIRST, calls.arguments())
            .permissions(
                new Permission(Access.WRITE, FREE, FREE + 0x1000),
                new Permission(Access.READ, FREE, FREE + 0x2000))
            .build()) {
      SvsmCalls.writeList(machine.memory(), LIST, FREE);
      SvsmCalls.writeList(machine.memory(), LIST2, FREE + 0x1000);
      machine.run();

      assertEquals(
          List.of(SUCCESS, INVALID_ADDRESS), calls.results(machine.memory(), Vmpl.VMPL2, 0));
    }
  }

  @Test
  void codebaseThatDecides_decidesAboutRescindingToo() {
    SvsmCalls calls = SvsmCalls.with().pvalidate(LIST).pvalidate(LIST2);
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .codebase(Payloads.codebase("allows"), new PageRange(FREE, FREE + 0x1000))
            .codebase(
                Payloads.builtIn(BuiltInPayload.DENY), new PageRange(FREE + 0x1000, FREE + 0x2000))
            .driver(Payloads.driver("calls_svsm"), Vmpl.VMPL2, FIRST, calls.arguments())
            .build()) {
      SvsmCalls.writeList(machine.memory(), LIST, FREE);
      SvsmCalls.writeList(machine.memory(), LIST2, FREE + 0x1000);
      machine.run();

      assertEquals(
          List.of(SUCCESS, INVALID_ADDRESS), calls.results(machine.memory(), Vmpl.VMPL2, 0));
    }
  }

  /** More than VMPL0 could validate again. */
  @Test
  void pagesThatDriversHaveRescinded_areAtMost1024() {
    SvsmCalls calls = SvsmCalls.with().pvalidate(LIST).pvalidate(LIST2).pvalidate(PAGE);
    assertEquals(
        List.of(SUCCESS, SUCCESS, BUSY),
        results(
            calls,
            memory -> {
              SvsmCalls.writeList(memory, LIST, pages(0x1410000, 511));
              SvsmCalls.writeList(memory, LIST2, pages(0x1410000 + 511 * 4096L, 497));
              SvsmCalls.writeList(memory, PAGE, pages(FREE, 17));
            }));
  }

  private static long[] pages(long first, int count) {
    return LongStream.range(0, count).map(i -> first + i * PageRange.PAGE_SIZE).toArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void pagesOfADriver_areNotHandedToOneThatIsUnloaded_orThatThereIsNot(int to) {
    SvsmCalls calls = SvsmCalls.with().validate(FREE).transfer(FREE, 0x1000, to);
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .unloaded(Payloads.builtIn(BuiltInPayload.STORE), List.of())
            .driver(Payloads.driver("calls_svsm"), calls.arguments())
            .driver(BuiltInPayload.STORE)
            .build()) {
      machine.run();

      assertEquals(
          List.of(SUCCESS, INVALID_PARAMETER), calls.results(machine.memory(), Vmpl.VMPL1, 1));
    }
  }
}
