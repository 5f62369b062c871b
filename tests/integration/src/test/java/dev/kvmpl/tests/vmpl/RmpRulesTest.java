// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.vmpl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.enforcement.PageAccess;
import dev.kvmpl.enforcement.SlotTable;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.tests.enforcement.RecordedSlots;
import dev.kvmpl.tests.vmpl.PublishedRules.Effect;
import dev.kvmpl.tests.vmpl.PublishedRules.Instruction;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The database against {@link PublishedRules}: the same answers, the same state after each. */
@Tag("exhaustive")
class RmpRulesTest {
  private static final int LARGE_PAGES = 512;
  private static final int STEPS = 3000;
  private static final List<Instruction> INSTRUCTIONS = List.of(Instruction.values());

  private static Effect effect(int answer, Instruction instruction, long rax, long rcx, long rdx) {
    int low = answer & 0xff;
    if ((answer & Abi.KVMPL_RMP_EXCEPTION()) != 0) {
      return new Effect(low, answer >>> 16, rax, rcx, rdx, false);
    }
    boolean carry = (answer & Abi.KVMPL_RMP_CARRY()) != 0;
    return instruction == Instruction.RMPQUERY && low == 0
        ? new Effect(
            0,
            0,
            low,
            (answer & Abi.KVMPL_RMP_LARGE()) != 0 ? 1 : 0,
            (rdx & 0xff) | (answer >>> 8 & 0xffff00),
            carry)
        : new Effect(0, 0, low, rcx, rdx, carry);
  }

  /** As the machine has it executed: an entry that is too large is split first. */
  private static Effect execute(
      Rmp rmp, Instruction instruction, int level, long rax, long rcx, long rdx) {
    int answer = ask(rmp, instruction, level, rax, rcx, rdx);
    if (answer == Rmp.SIZE_FAULT) {
      rmp.smash(PageRange.pageOf(rax));
      answer = ask(rmp, instruction, level, rax, rcx, rdx);
    }
    return effect(answer, instruction, rax, rcx, rdx);
  }

  private static int ask(
      Rmp rmp, Instruction instruction, int level, long rax, long rcx, long rdx) {
    Vmpl caller = Vmpl.of(level);
    return switch (instruction) {
      case RMPADJUST -> rmp.adjust(caller, rax, rcx, rdx);
      case RMPQUERY -> rmp.query(caller, rax, rdx);
      case PVALIDATE -> rmp.validate(caller, rax, rcx, rdx);
    };
  }

  private static void assertSameState(PublishedRules rules, Rmp rmp, String after) {
    for (int page = 0; page < rmp.pages(); page++) {
      boolean same =
          rules.validated[page] == rmp.isValidated(page)
              && rules.vmsa[page] == rmp.isVmsa(page)
              && rules.large[page] == rmp.isLarge(page);
      for (Vmpl level : Vmpl.values()) {
        same &= rules.permissions[page][level.number()] == rmp.permissions(page, level);
        same &= rules.access(page, level.number()) == rmp.access(page, level);
      }
      assertTrue(same, "page " + page + " after " + after);
    }
  }

  /** One 2 MiB, as one entry or as 512, and a page behind it; all with the same state. */
  private record State(int caller, int callerMay, boolean large, boolean validated, boolean vmsa) {
    static final int PAGES = LARGE_PAGES + 1;
    private static final int OTHERS_MAY = 5;

    private int may(int level) {
      return level == caller ? callerMay : OTHERS_MAY;
    }

    PublishedRules rules() {
      PublishedRules rules = new PublishedRules(PAGES, LongUnaryOperator.identity());
      for (int page = 0; page < LARGE_PAGES; page++) {
        for (int level = 1; level < 4; level++) {
          rules.permissions[page][level] = may(level);
        }
        rules.large[page] = large;
        rules.validated[page] = validated;
        rules.vmsa[page] = vmsa;
      }
      return rules;
    }

    Rmp rmp() {
      Rmp rmp = new Rmp(PAGES);
      PageRange range = new PageRange(0, PublishedRules.LARGE_SIZE);
      for (int level = 1; level < 4; level++) {
        rmp.assign(range, Vmpl.of(level), may(level));
      }
      for (int page = 0; page < LARGE_PAGES; page++) {
        long vmsaBit = vmsa ? 0x10000 : 0;
        rmp.adjust(Vmpl.VMPL0, page * 4096L, 0, 3 | (long) may(3) << 8 | vmsaBit);
        rmp.validate(Vmpl.VMPL0, page * 4096L, 0, validated ? 1 : 0);
      }
      if (large) {
        rmp.useLargeEntries(range);
      }
      return rmp;
    }
  }

  /** Every instruction in a state; the state is made anew after each that has changed it. */
  private static final class Attempts {
    private static final long[] SIZES = {0, 1, 2};
    private static final long[] ADDRESSES = {0, 4096, 1, State.PAGES * 4096L};
    private static final int[] TARGETS = {0, 1, 2, 3, 4, 255};

    private final State state;
    private PublishedRules rules;
    private Rmp rmp;

    Attempts(State state) {
      this.state = state;
      this.rules = state.rules();
      this.rmp = state.rmp();
    }

    void all() {
      for (long address : ADDRESSES) {
        for (int target : TARGETS) {
          attempt(Instruction.RMPQUERY, address, 7, target);
        }
        for (long size : SIZES) {
          attempt(Instruction.PVALIDATE, address, size, 0);
          attempt(Instruction.PVALIDATE, address, size, 1);
          for (int target : TARGETS) {
            for (int wanted = 0; wanted < 32; wanted++) { // the highest bit is VMSA
              long rdx = target | (wanted & 0xf) << 8 | (wanted & 0x10) << 12;
              attempt(Instruction.RMPADJUST, address, size, rdx);
            }
          }
        }
      }
      assertSameState(rules, rmp, "nothing that was carried out in " + state);
    }

    private void attempt(Instruction instruction, long rax, long rcx, long rdx) {
      Effect expected = rules.execute(instruction, state.caller(), rax, rcx, rdx);
      boolean wasLarge = rmp.isLarge(0);

      Effect effect = execute(rmp, instruction, state.caller(), rax, rcx, rdx);

      if (!expected.equals(effect)) {
        assertEquals(expected, effect, name(instruction, rax, rcx, rdx));
      }
      boolean changes = instruction != Instruction.RMPQUERY && effect.isOk() && !effect.carry();
      if (changes || wasLarge != rmp.isLarge(0)) {
        assertSameState(rules, rmp, name(instruction, rax, rcx, rdx));
        rules = state.rules();
        rmp = state.rmp();
      }
    }

    private String name(Instruction instruction, long rax, long rcx, long rdx) {
      return "%s rax=%#x rcx=%#x rdx=%#x in %s".formatted(instruction, rax, rcx, rdx, state);
    }
  }

  @ParameterizedTest
  @EnumSource(Vmpl.class)
  void everyInstruction_inEveryState_doesWhatIsPublished(Vmpl caller) {
    int leastMay = caller == Vmpl.VMPL0 ? 15 : 0; // VMPL0 has every permission
    for (int may = leastMay; may < 16; may++) {
      for (int flags = 0; flags < 8; flags++) {
        new Attempts(
                new State(
                    caller.number(), may, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0))
            .all();
      }
    }
  }

  /** A walk through the states that instructions of all levels lead to. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void anySequence_keepsTheRules_andTheSlotsOfEveryLevelFollow(long seed) {
    int pages = 3 * LARGE_PAGES;
    Random random = new Random(seed);
    PublishedRules rules = new PublishedRules(pages, LongUnaryOperator.identity());
    Rmp rmp = new Rmp(pages);
    rmp.useLargeEntries(new PageRange(0, 2 * PublishedRules.LARGE_SIZE));
    Arrays.fill(rules.large, 0, 2 * LARGE_PAGES, true);
    SlotTable[] tables = new SlotTable[4];
    RecordedSlots[] slots = new RecordedSlots[4];
    for (int level = 0; level < 4; level++) {
      tables[level] = new SlotTable(pages);
      slots[level] = new RecordedSlots();
      tables[level].follow(PageAccess.of(rmp, Vmpl.of(level)), 0, pages, slots[level]);
    }
    for (int i = 0; i < STEPS; i++) {
      Instruction instruction = INSTRUCTIONS.get(random.nextInt(3));
      int caller = random.nextInt(4);
      long rcx = random.nextInt(4) == 0 ? 1 : 0;
      // Mostly a few pages of 4 KiB; the large entries last for a while.
      long page = rcx == 1 ? random.nextInt(3) * 512L : 1024 + random.nextInt(12);
      if (random.nextInt(500) == 0) {
        page = random.nextInt(1024);
      }
      int target = random.nextInt(4);
      long wanted = instruction == Instruction.PVALIDATE ? random.nextInt(4) : random.nextInt(32);
      long rdx =
          instruction == Instruction.PVALIDATE
              ? (wanted == 0 ? 0 : 1)
              : target | (wanted & 0xf) << 8 | (wanted & 0x10) << 12;
      String name = "%s by VMPL%d page %d, %d, %#x".formatted(instruction, caller, page, rcx, rdx);
      int[] before = permissions(rmp, (int) page);

      Effect effect = execute(rmp, instruction, caller, page * 4096, rcx, rdx);

      assertEquals(rules.execute(instruction, caller, page * 4096, rcx, rdx), effect, name);
      assertNothingForItselfOrAbove(caller, before, permissions(rmp, (int) page), name);
      if (effect.isOk() && instruction == Instruction.RMPADJUST) {
        follow(tables, slots, rmp, target, target, (int) page, rcx);
      } else if (effect.isOk() && instruction == Instruction.PVALIDATE) {
        follow(tables, slots, rmp, 0, 3, (int) page, rcx);
      }
      for (int level = 0; level < 4; level++) {
        assertEquals(RecordedSlots.plan(rmp, Vmpl.of(level)), slots[level].joined(), name);
      }
    }
    assertSameState(rules, rmp, "the walk");
  }

  private static void follow(
      SlotTable[] tables, RecordedSlots[] slots, Rmp rmp, int from, int to, int page, long size) {
    for (int level = from; level <= to; level++) {
      tables[level].follow(
          PageAccess.of(rmp, Vmpl.of(level)),
          page,
          page + PublishedRules.pages(size),
          slots[level]);
    }
  }

  private static int[] permissions(Rmp rmp, int page) {
    int[] permissions = new int[4];
    for (int level = 0; level < 4; level++) {
      permissions[level] = rmp.permissions(page, Vmpl.of(level));
    }
    return permissions;
  }

  private static void assertNothingForItselfOrAbove(
      int caller, int[] before, int[] after, String name) {
    for (int level = 0; level < 4; level++) {
      if (level <= caller) {
        assertEquals(before[level], after[level], name);
      } else if (before[level] != after[level]) {
        assertEquals(0, after[level] & ~after[caller], name);
      }
    }
  }
}
