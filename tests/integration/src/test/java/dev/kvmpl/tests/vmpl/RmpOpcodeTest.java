// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.vmpl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.tests.vmpl.PublishedRules.Effect;
import dev.kvmpl.tests.vmpl.PublishedRules.Instruction;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * RMPADJUST, RMPQUERY and PVALIDATE as guest code at VMPL0 and at VMPL1 executes them, through the
 * opcodes, against {@link PublishedRules}.
 */
@RequiresKvm
class RmpOpcodeTest {
  private static final long MEMORY = 24 << 20;

  /** Where the payloads have their tables: in the area of their own level. */
  private static final long CASES_OF_VMPL0 = 0xe00000;

  private static final long CASES_OF_VMPL1 = 0x300000;

  private static final int CASE_BYTES = 11 * Long.BYTES;

  /** Kernel memory with entries of 4 KiB: page n is the one on which VMPL1 is given mask n. */
  private static final long PAGES = 0x1100000;

  private static final long UNVALIDATED = 0x1110000;
  private static final long SAVE_AREA = 0x1111000;
  private static final long TOGGLED = 0x1112000;
  private static final PageRange LARGE = new PageRange(0x1400000, 0x1800000);
  private static final long FIRST_LARGE = LARGE.start();
  private static final long SECOND_LARGE = LARGE.start() + PublishedRules.LARGE_SIZE;

  private static final long SIZE_4K = 0;
  private static final long SIZE_2M = 1;
  private static final long VMSA = 0x10000;

  /** No pages: unaligned, past the end, unmapped, not canonical. */
  private static final long[] NO_PAGES = {
    PAGES + 1, PAGES + 0xfff, MEMORY, 0, -4096, Long.MIN_VALUE, 1L << 44, 1L << 47
  };

  private record Case(Instruction instruction, long rax, long rcx, long rdx) {
    /** As rmp_cases.h counts them. */
    int number() {
      return switch (instruction) {
        case RMPADJUST -> 0;
        case RMPQUERY -> 1;
        case PVALIDATE -> 2;
      };
    }
  }

  private static Case adjust(long page, long size, int level, int permissions) {
    return new Case(Instruction.RMPADJUST, page, size, level | (long) permissions << 8);
  }

  private static Case query(long page, int level) {
    return new Case(Instruction.RMPQUERY, page, 0x77, level);
  }

  private static Case validate(long page, long size, int valid) {
    return new Case(Instruction.PVALIDATE, page, size, valid);
  }

  /** What is wrong at every level. */
  private static List<Case> malformed() {
    List<Case> cases = new ArrayList<>();
    for (long address : NO_PAGES) {
      cases.add(adjust(address, SIZE_4K, 2, 1));
      cases.add(adjust(address, SIZE_2M, 2, 1));
      cases.add(adjust(address, SIZE_4K, 0, 1));
      cases.add(query(address, 2));
      cases.add(query(address, 0));
      cases.add(validate(address, SIZE_4K, 1));
      cases.add(validate(address, SIZE_2M, 0));
    }
    for (long size : new long[] {2, -1, 1L << 32, 1L << 33 | 1}) {
      cases.add(adjust(PAGES, size, 2, 0));
      cases.add(validate(PAGES, size, 1));
    }
    for (int level : new int[] {4, 5, 128, 255}) {
      cases.add(adjust(PAGES, SIZE_4K, level, 0));
      cases.add(query(PAGES, level));
    }
    cases.add(adjust(FIRST_LARGE + 0x1000, SIZE_2M, 2, 0));
    return cases;
  }

  private static void queryAll(List<Case> cases) {
    for (int level = 0; level < 4; level++) {
      for (int page = 0; page < 16; page++) {
        cases.add(query(PAGES + page * 4096L, level));
      }
      for (long page : new long[] {UNVALIDATED, SAVE_AREA, TOGGLED, FIRST_LARGE, SECOND_LARGE}) {
        cases.add(query(page, level));
        cases.add(query(page + 0x5000, level));
      }
    }
  }

  private static List<Case> casesOfVmpl0() {
    List<Case> cases = malformed();
    queryAll(cases);
    for (int target = 0; target < 4; target++) {
      for (int permissions = 0; permissions < 16; permissions++) {
        cases.add(adjust(TOGGLED, SIZE_4K, target, permissions));
        cases.add(query(TOGGLED, target));
        cases.add(adjust(PAGES, SIZE_2M, target, permissions));
      }
    }
    for (int valid : new int[] {1, 0, 0}) {
      cases.add(validate(TOGGLED, SIZE_4K, valid));
      cases.add(query(TOGGLED, 1));
      cases.add(adjust(TOGGLED, SIZE_4K, 1, 1));
      cases.add(adjust(TOGGLED, SIZE_4K, 0, 1));
    }
    cases.add(validate(TOGGLED, SIZE_4K, 1));
    cases.add(validate(TOGGLED, SIZE_4K, 1));
    cases.add(validate(PAGES, SIZE_2M, 0));
    cases.add(new Case(Instruction.RMPADJUST, SAVE_AREA, SIZE_4K, VMSA | 1 | 0xf00));
    // 2 MiB: adjusted and validated whole; then the first is taken apart.
    for (long large : new long[] {FIRST_LARGE, SECOND_LARGE}) {
      cases.add(adjust(large, SIZE_2M, 1, 0x7));
      cases.add(validate(large, SIZE_2M, 1));
      cases.add(validate(large, SIZE_2M, 0));
      cases.add(adjust(large, SIZE_2M, 1, 0xf));
      cases.add(query(large + 0x3000, 1));
      cases.add(validate(large, SIZE_2M, 0));
      cases.add(validate(large, SIZE_2M, 1));
      cases.add(query(large + 0x3000, 1));
    }
    cases.add(validate(FIRST_LARGE + 0x5000, SIZE_4K, 0));
    cases.add(validate(FIRST_LARGE, SIZE_2M, 0));
    cases.add(adjust(FIRST_LARGE, SIZE_2M, 1, 0));
    queryAll(cases);
    // How VMPL1 finds it.
    for (int permissions = 0; permissions < 16; permissions++) {
      cases.add(adjust(PAGES + permissions * 4096L, SIZE_4K, 1, permissions));
    }
    cases.add(validate(UNVALIDATED, SIZE_4K, 0));
    queryAll(cases);
    return cases;
  }

  private static List<Case> casesOfVmpl1() {
    List<Case> cases = malformed();
    queryAll(cases);
    for (int own = 0; own < 16; own++) {
      for (int target = 0; target < 4; target++) {
        for (int permissions = 0; permissions < 16; permissions++) {
          cases.add(adjust(PAGES + own * 4096L, SIZE_4K, target, permissions));
        }
      }
    }
    cases.add(adjust(UNVALIDATED, SIZE_4K, 2, 0));
    cases.add(adjust(UNVALIDATED, SIZE_4K, 1, 0));
    cases.add(validate(UNVALIDATED, SIZE_4K, 1));
    cases.add(validate(PAGES, SIZE_4K, 0));
    cases.add(adjust(SAVE_AREA, SIZE_4K, 2, 1)); // VMPL1 does not reach the VMSA bit
    cases.add(query(SAVE_AREA, 2));
    cases.add(new Case(Instruction.RMPADJUST, PAGES, SIZE_4K, VMSA | 2));
    cases.add(query(PAGES, 2));
    cases.add(adjust(SECOND_LARGE, SIZE_2M, 2, 0x3));
    cases.add(query(SECOND_LARGE + 0x9000, 2));
    cases.add(adjust(SECOND_LARGE + 0x9000, SIZE_4K, 2, 0x1)); // is split for it
    cases.add(adjust(SECOND_LARGE, SIZE_2M, 2, 0));
    queryAll(cases);
    return cases;
  }

  private static void write(GuestMemory memory, long table, List<Case> cases) {
    memory.putLong(table, cases.size());
    long at = table + Long.BYTES;
    for (Case tested : cases) {
      memory.putLong(at, tested.number());
      memory.putLong(at + 8, tested.rax());
      memory.putLong(at + 16, tested.rcx());
      memory.putLong(at + 24, tested.rdx());
      at += CASE_BYTES;
    }
  }

  private static void assertEffects(
      GuestMemory memory, long table, List<Case> cases, PublishedRules rules, int level) {
    long at = table + Long.BYTES;
    for (Case tested : cases) {
      Effect expected =
          rules.execute(tested.instruction(), level, tested.rax(), tested.rcx(), tested.rdx());
      String name = "VMPL" + level + ", " + tested;
      assertEquals(expected.vector(), memory.getLong(at + 64), name);
      assertEquals(
          expected,
          new Effect(
              (int) memory.getLong(at + 64),
              (int) memory.getLong(at + 72),
              memory.getLong(at + 32),
              memory.getLong(at + 40),
              memory.getLong(at + 48),
              expected.vector() == 0 && (memory.getLong(at + 56) & 1) != 0),
          name);
      assertEquals(expected.vector() == 29 ? tested.rax() : 0, memory.getLong(at + 80), name);
      if (expected.vector() == 0) {
        boolean zero = (memory.getLong(at + 56) >> 6 & 1) != 0;
        assertEquals(expected.rax() == 0, zero, name); // RFLAGS.ZF
      }
      at += CASE_BYTES;
    }
  }

  private static List<Rmp.Run> column(RunResult.State state) {
    return Objects.requireNonNull(state.columns().get(Vmpl.VMPL1));
  }

  /** Virtual is physical in these guests; page 0 and what is past the memory are not mapped. */
  private static PublishedRules launched(RunResult.State state) {
    PublishedRules rules =
        new PublishedRules(
            (int) (MEMORY / 4096), address -> address >= 4096 && address < MEMORY ? address : -1);
    for (Rmp.Run run : column(state)) {
      for (int page = run.range().firstPage(); page < run.range().endPage(); page++) {
        rules.permissions[page][1] = run.permissions();
      }
    }
    for (int page = LARGE.firstPage(); page < LARGE.endPage(); page++) {
      rules.large[page] = true;
    }
    return rules;
  }

  @Test
  void everyCase_executedByTheGuest_doesWhatIsPublished() {
    try (TestMachine machine =
        TestMachine.with()
            .kernel(Payloads.kernel("executes_rmp_cases"))
            .validator(Payloads.validator("executes_rmp_cases"))
            .build()
            .withLargeEntries(LARGE)) {
      write(machine.memory(), CASES_OF_VMPL0, casesOfVmpl0());
      write(machine.memory(), CASES_OF_VMPL1, casesOfVmpl1());

      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      PublishedRules rules = launched(result.before());
      assertEffects(machine.memory(), CASES_OF_VMPL0, casesOfVmpl0(), rules, 0);
      assertEffects(machine.memory(), CASES_OF_VMPL1, casesOfVmpl1(), rules, 1);
      assertSameColumn(rules, result.after());
    }
  }

  private static void assertSameColumn(PublishedRules rules, RunResult.State after) {
    int[] access = new int[(int) (MEMORY / 4096)];
    for (Rmp.Run run : column(after)) {
      Arrays.fill(access, run.range().firstPage(), run.range().endPage(), run.permissions());
    }
    for (int page = 0; page < access.length; page++) {
      assertEquals(rules.access(page, 1), access[page], "page " + page);
    }
  }

  private static RunResult run(TestMachine machine) {
    try (machine) {
      machine.memory().putLong(TestMachine.FREE, 0x6b6b);
      machine.memory().putLong(TestMachine.FREE + 4096, 0x6c6c);
      return machine.run();
    }
  }

  @Test
  void pageThatIsNotValidated_cannotBeReadByVmpl1_evenIfTheValidatorSaysYes() {
    RunResult result =
        run(
            TestMachine.with()
                .validator(Payloads.validator("rescinds"))
                .driver(Payloads.driver("reads"), TestMachine.FREE)
                .build());

    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    assertEquals(
        List.of(Verdict.NOT_GRANTED),
        result.operations().stream().map(Operation::verdict).toList());
    long status = TestMachine.PENDING ? Verdict.NOT_GRANTED.code() : 0;
    assertEquals(List.of(0L, status), result.driverStatus());
  }

  @Test
  void pageThatIsNotValidated_cannotBeReadByVmpl0() {
    RunResult result =
        run(
            TestMachine.with()
                .validator(Payloads.validator("rescinds"))
                .driver(BuiltInPayload.STORE, TestMachine.FREE + 4096, 8L, 1L)
                .build());

    assertEquals(Outcome.FAILED, result.outcome());
    assertTrue(
        result.message().contains("(read of 8 bytes at gpa 0x1100000) on vcpu1"), result::message);
  }

  @Test
  void pageThatIsValidatedAgain_hasKeptItsContentsAndPermissions() {
    RunResult result =
        run(
            TestMachine.with()
                .validator(Payloads.validator("rescinds"))
                .driver(Payloads.driver("reads"), TestMachine.FREE + 4096)
                .build());

    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    assertEquals(List.of(0L, 0x6c6cL), result.driverStatus());
  }
}
