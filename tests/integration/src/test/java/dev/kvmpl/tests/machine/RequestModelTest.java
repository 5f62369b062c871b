// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SvsmCalls;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random calls of drivers that follow one another, each answer and what is left in the end compared
 * with the {@link RequestModel}. {@code -Dkvmpl.model.seed=SEED} starts with that machine, {@code
 * -Dkvmpl.model.machines=N} runs so many instead of 10.
 */
@RequiresKvm
class RequestModelTest {
  private static final int MACHINES = Integer.getInteger("kvmpl.model.machines", 10);
  private static final long SEED = Long.getLong("kvmpl.model.seed", 1);

  private static final int DRIVERS = 8;
  private static final int ENTRIES = 24;
  private static final long ENTRY = 10L * Long.BYTES;
  private static final long QUERY_PROTOCOL = 6;
  private static final long KVMPL = 0x6b766dL << 32;

  private enum Kind {
    CALL(0),
    PVALIDATE(1),
    SET_LEVEL(2),
    QUERY(3),
    ADJUST(4),
    STORE(5);

    private final long number;

    Kind(long number) {
      this.number = number;
    }
  }

  /** What a driver does, and what the model says that comes of it. */
  private record Step(Kind kind, long announcedAt, List<Long> operands, long result, long more) {}

  @Test
  void drivers_getTheAnswersOfTheModel_andLeaveWhatItSays() {
    for (int i = 0; i < MACHINES; i++) {
      new Script(SEED + i).run();
    }
  }

  /** One machine: its drivers' steps, made up as the model goes along. */
  private static final class Script {
    private final String again;
    private final Random random;
    private final RequestModel model = new RequestModel(DRIVERS, RESTRICTED);
    private final List<List<Step>> steps = new ArrayList<>();
    private final List<Long> tables = new ArrayList<>();
    private int level;

    Script(long seed) {
      again = "-Dkvmpl.model.seed=" + seed;
      random = new Random(seed);
    }

    void run() {
      TestMachine.Builder machine = TestMachine.with().withoutOthers();
      for (int driver = 1; driver <= DRIVERS; driver++) {
        level = driver <= 3 ? driver : 1 + random.nextInt(3); // the machine has each of them
        boolean unload = level == 1 && random.nextBoolean();
        tables.add(scratch(level, 0) - 0x20000 + driver * 0x2000L);
        Long[] arguments = {tables.getLast(), (long) ENTRIES};
        if (unload) {
          machine.unloaded(Payloads.driver("follows_script"), List.of(), arguments);
        } else {
          machine.driver(Payloads.driver("follows_script"), Vmpl.of(level), List.of(0), arguments);
        }
        model.start(driver, level);
        List<Step> its = new ArrayList<>();
        while (its.size() < ENTRIES) {
          its.add(step());
        }
        steps.add(its);
        model.end(unload);
      }
      try (TestMachine built = machine.build()) {
        write(built.memory());
        RunResult result = built.run();

        assertEquals(Outcome.COMPLETED, result.outcome(), () -> again + ": " + result.message());
        compare(built.memory());
        assertEquals(model.owners(), owners(result), again);
        assertEquals(
            result.before().columns().get(Vmpl.VMPL1),
            result.after().columns().get(Vmpl.VMPL1),
            again);
      }
    }

    private static long scratch(int level, int page) {
      return (level == 1 ? 0x3f0000 : level * 0x200000L + 0x1f0000)
          + (long) page * PageRange.PAGE_SIZE;
    }

    private long own() {
      return scratch(level, random.nextInt(6));
    }

    /** A page that the level may write, so that the driver itself can be told to. */
    private long writable() {
      for (int i = 0; i < 20; i++) {
        long page = own();
        if ((model.permissions(level, page) & 3) == 3) {
          return page;
        }
      }
      return scratch(level, 7); // which no step takes away
    }

    private long anywhere() {
      return switch (random.nextInt(8)) {
        case 0 -> RESTRICTED.start();
        case 1 -> 0x800000 + random.nextInt(0x700) * 4096L;
        case 2 -> scratch(1 + random.nextInt(3), random.nextInt(6));
        case 3, 4 -> kernelPage();
        case 5 -> RequestModel.firstArea(level, 0) & -4096L;
        default -> own();
      };
    }

    private long kernelPage() {
      return FREE + random.nextInt(4) * 4096L;
    }

    private Step step() {
      return switch (random.nextInt(10)) {
        case 0 -> setLevel();
        case 1 -> query();
        case 2 -> adjust();
        case 3 -> store();
        case 4, 5, 6 -> pvalidate();
        default -> call();
      };
    }

    private Step setLevel() {
      long page = writable();
      long value = random.nextInt(5);
      model.setLevel(page, value);
      return new Step(Kind.SET_LEVEL, 0, List.of(page, value), 0, 0);
    }

    private Step query() {
      long page = own();
      long answer = model.query(page);
      return new Step(Kind.QUERY, 0, List.of(page), (int) answer, answer >>> Integer.SIZE);
    }

    private Step adjust() {
      int of = 1 + random.nextInt(3);
      long page = scratch(of, random.nextInt(6));
      long wanted = random.nextInt(3) == 0 ? random.nextInt(16) : RequestModel.ALL;
      long result = model.adjust(page, of, wanted);
      return new Step(Kind.ADJUST, 0, List.of(page, (long) of, wanted), result, 0);
    }

    private Step store() {
      long page = random.nextInt(4) == 0 ? RESTRICTED.start() : kernelPage();
      return new Step(Kind.STORE, 0, List.of(page, 1L), model.validate(page), 0);
    }

    /** Where the driver announces its call: where VMPL0 looks, or elsewhere. */
    private long announced() {
      long area = model.area();
      return random.nextInt(12) == 0 ? scratch(level, 7) : area;
    }

    /** Whether VMPL0 sees it there. */
    private boolean isSeen(long announcedAt) {
      long area = model.area();
      long at = area == 0 ? RequestModel.firstArea(level, 0) : area;
      return announcedAt == area && (model.permissions(level, at & -4096L) & 3) == 3;
    }

    private Step pvalidate() {
      long at = announced();
      long list = writable() + 0x100; // the page may have a calling area at its start
      int count = 1 + random.nextInt(4);
      List<Long> operands = new ArrayList<>(List.of(list, (long) count));
      long result = RequestModel.INCOMPLETE;
      int next = 0;
      boolean seen = isSeen(at);
      boolean goesOn = seen;
      for (int i = 0; i < 4; i++) {
        long entry = random.nextInt(12) == 0 ? list & -4096L : anywhere();
        entry |= random.nextInt(2) * 4 | random.nextInt(2) * 8;
        entry |= random.nextInt(12) == 0 ? 2 : 0;
        operands.add(entry);
        if (goesOn && i < count) {
          result = model.pvalidate(list, entry);
          goesOn = result == SvsmCalls.SUCCESS;
          next += goesOn ? 1 : 0;
        }
      }
      return new Step(Kind.PVALIDATE, at, operands, result, next);
    }

    private Step call() {
      long at = announced();
      boolean seen = isSeen(at);
      long rax =
          List.of(0L, 0L, 2L, 2L, 3L, QUERY_PROTOCOL, KVMPL, KVMPL | 1).get(random.nextInt(8));
      long rcx = random.nextInt(3) == 0 ? anywhere() : own();
      long rdx = 0;
      long r8 = 0;
      if (rax == 0) {
        rcx += random.nextInt(8) == 0 ? 4 : 8;
      } else if (rax == 2) {
        rcx = random.nextInt(4) == 0 ? rcx : model.anyVmsa(rcx);
        rdx = scratch(random.nextInt(3) == 0 ? 1 + random.nextInt(3) : level, 6);
        r8 = random.nextInt(3) == 0 ? random.nextInt(5) : 0;
      } else if (rax == KVMPL) {
        rcx = random.nextInt(4) == 0 ? RESTRICTED.start() : kernelPage();
        r8 = 8;
      } else if (rax == (KVMPL | 1)) {
        rcx = random.nextInt(3) == 0 ? kernelPage() : model.anyOwned(kernelPage());
        rdx = random.nextInt(3) * 4096L;
        r8 = random.nextInt(DRIVERS + 2);
      }
      long result = seen ? answer(rax, rcx, rdx, r8) : RequestModel.INCOMPLETE;
      return new Step(Kind.CALL, at, List.of(rax, rcx, rdx, r8), result, 0);
    }

    private long answer(long rax, long rcx, long rdx, long r8) {
      if (rax == 0) {
        return model.remapArea(rcx);
      } else if (rax == 2) {
        return model.createVcpu(rcx, rdx, r8);
      } else if (rax == 3) {
        return model.deleteVcpu(rcx);
      } else if (rax == QUERY_PROTOCOL) {
        return SvsmCalls.SUCCESS;
      } else if (rax == KVMPL) {
        return model.validate(rcx);
      }
      return model.transfer(rcx, rdx, (int) r8);
    }

    private void write(GuestMemory memory) {
      for (int driver = 1; driver <= DRIVERS; driver++) {
        long at = tables.get(driver - 1);
        for (Step step : steps.get(driver - 1)) {
          memory.putLong(at, step.kind.number);
          memory.putLong(at + 8, step.announcedAt);
          for (int i = 0; i < step.operands.size(); i++) {
            memory.putLong(at + 16 + 8L * i, step.operands.get(i));
          }
          at += ENTRY;
        }
      }
    }

    private void compare(GuestMemory memory) {
      for (int driver = 1; driver <= DRIVERS; driver++) {
        long at = tables.get(driver - 1);
        for (int i = 0; i < ENTRIES; i++) {
          Step step = steps.get(driver - 1).get(i);
          if (step.kind != Kind.SET_LEVEL) {
            String which = "%s: driver %d, step %d: %s".formatted(again, driver, i, step);
            assertEquals(
                Long.toHexString(step.result), Long.toHexString(memory.getLong(at + 64)), which);
            assertEquals(
                Long.toHexString(step.more), Long.toHexString(memory.getLong(at + 72)), which);
          }
          at += ENTRY;
        }
      }
    }

    private static Map<Long, Integer> owners(RunResult result) {
      Map<Long, Integer> owners = new HashMap<>();
      for (Ownership entry : result.after().ownership()) {
        for (long page = entry.range().start(); page < entry.range().end(); page += 4096) {
          owners.put(page, entry.driver());
        }
      }
      return owners;
    }
  }
}
