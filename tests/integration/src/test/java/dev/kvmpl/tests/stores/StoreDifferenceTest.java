// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.stores;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.spec.Recording;
import dev.kvmpl.tests.stores.StoreCase.PageState;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A driver's store is what the CPU makes of it where all memory is open, whole; or it is refused
 * and changes nothing; or the machine says that it cannot tell, and no closed page has changed.
 * System properties: {@code kvmpl.stores.cases} in all, {@code kvmpl.stores.seed}.
 */
@RequiresKvm
class StoreDifferenceTest {
  private static final int CASES = Integer.getInteger("kvmpl.stores.cases", 2000);
  private static final long SEED = Long.getLong("kvmpl.stores.seed", 1);
  private static final long FLAGS = 0xcd5; // arithmetic, and the direction
  private static final long INTERRUPTS = 0x200;

  /** How a driver runs and is detected. */
  enum Way {
    TRAP(Detection.TRAP, 0),
    TRAP_CPL3(Detection.TRAP, Driver.HOSTED),
    REFLECT(Detection.REFLECT, 0),
    FAULT(Detection.FAULT, 0);

    private final Detection detection;
    private final int cpl;

    Way(Detection detection, int cpl) {
      this.detection = detection;
      this.cpl = cpl;
    }

    /**
     * The guest kernel's: a hosted driver cannot change it, one that is told by interrupts needs
     * it.
     */
    long flags() {
      return this == TRAP || this == FAULT ? 0 : INTERRUPTS;
    }

    boolean endsAtTheFirstRefused() {
      boolean native3 = cpl != 0 && TestMachine.ENFORCEMENT == EnforcementKind.MAPPING;
      return this == FAULT || native3 || TestMachine.PENDING;
    }

    /** An interrupt or a fault at CPL 0 needs the stack, which is not there then. */
    boolean has(Form form) {
      return detection == Detection.TRAP
          || !(form.isOnStack() || form.shape() == Form.Shape.POP_MEMORY);
    }
  }

  /** What became of cases. */
  private static final class Count {
    int stored;
    int refused;
    int failedWhole;
    int failedCrossing;
  }

  @ParameterizedTest
  @EnumSource
  void storeOfAnyForm_isTheCpus_orNothing_orSaidToBeUnclear(Way way) {
    Random random = new Random(SEED + way.name().hashCode());
    List<Form> forms = Form.all().stream().filter(way::has).toList();
    Count count = new Count();
    try (NativeStores reference = new NativeStores();
        Kvm kvm = Kvm.open()) {
      CpuFlaws flaws = reference.flaws();
      System.out.println(flaws);
      for (int done = 0; done < CASES / Way.values().length; done += StoreMemory.BATCH) {
        List<StoreCase> cases = new ArrayList<>();
        for (int i = 0; i < StoreMemory.BATCH; i++) {
          cases.add(oneThatTheCpuDoes(flaws, forms, random, i));
        }
        batch(kvm, reference, way, cases, random.nextLong(), count);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "stores, %s: %d stored, %d refused; not to be told %d across a page's end, %d others%n",
        way,
        count.stored,
        count.refused,
        count.failedCrossing,
        count.failedWhole);
    assertTrue(count.stored > 0 && count.refused > 0);
    // A store that is whole and has a page's end nowhere near cannot be taken for anything else.
    assertTrue(count.failedWhole <= count.stored / 20, "too many whole stores are called unclear");
  }

  private static StoreCase oneThatTheCpuDoes(
      CpuFlaws flaws, List<Form> forms, Random random, int index) {
    while (true) {
      StoreCase each =
          StoreCase.random(
              forms.get(random.nextInt(forms.size())),
              random,
              StoreMemory.pagesOf(index),
              StoreMemory.codeOf(index),
              StoreMemory.READABLE);
      if (!flaws.concern(each)) {
        return each;
      }
    }
  }

  private static void batch(
      Kvm kvm, NativeStores reference, Way way, List<StoreCase> cases, long seed, Count count) {
    reference.write(cases, new Random(seed));
    List<byte[]> before = new ArrayList<>();
    List<byte[]> after = new ArrayList<>();
    List<long[]> registers = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      before.add(StoreMemory.pages(reference.memory(), i));
      registers.add(reference.execute(i, cases.get(i), way.flags()));
      after.add(StoreMemory.pages(reference.memory(), i));
    }
    for (int first = 0; first < cases.size(); ) {
      first = machine(kvm, way, cases, first, seed, before, after, registers, count);
    }
  }

  /** Runs a machine from a case on, and returns the first that it has not come to. */
  private static int machine(
      Kvm kvm,
      Way way,
      List<StoreCase> cases,
      int first,
      long seed,
      List<byte[]> before,
      List<byte[]> after,
      List<long[]> registers,
      Count count) {
    try (Machine machine = new Machine(kvm, spec(way, cases, first))) {
      GuestMemory memory = machine.memory();
      StoreMemory.write(memory, cases, way.flags(), new Random(seed));
      RunResult result = machine.run();
      for (int i = first; i < cases.size(); i++) {
        StoreCase each = cases.get(i);
        String about = "%s, seed %d: %s; %s".formatted(way, SEED, each, result.message());
        byte[] now = StoreMemory.pages(memory, i);
        StoreMemory.Result found = StoreMemory.result(memory, i);
        if (!found.executed()) {
          assertEquals(Outcome.FAILED, result.outcome(), about);
          assertUnclear(each, result.message(), now, before.get(i), after.get(i), about);
          if (each.crosses()) {
            count.failedCrossing++;
          } else {
            count.failedWhole++;
          }
          return i + 1;
        }
        byte[] expected = expected(way, each, StoreMemory.pagesOf(i), before.get(i), after.get(i));
        int wrong = Arrays.mismatch(expected, now);
        assertEquals(-1, wrong, "neither what the CPU stores nor what was: " + about);
        if (isAllowed(each)) {
          assertEquals(0, found.error(), about);
          assertRegisters(each, registers.get(i), found, about);
          count.stored++;
        } else {
          assertTrue(found.error() != 0, "not refused: " + about);
          count.refused++;
        }
      }
      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      return cases.size();
    } catch (PayloadsTooLargeException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isAllowed(StoreCase each) {
    return IntStream.range(0, each.elements()).allMatch(each::isAllowed);
  }

  /**
   * What the pages hold then. Each store of a string instruction is judged for itself; where it is
   * an exception, the first that is refused ends it.
   */
  private static byte[] expected(Way way, StoreCase each, long pages, byte[] before, byte[] after) {
    byte[] expected = before.clone();
    for (int element = 0; element < each.elements(); element++) {
      if (each.isAllowed(element)) {
        int at = (int) (each.addressOf(element) - pages);
        System.arraycopy(after, at, expected, at, each.form().size());
      } else if (way.endsAtTheFirstRefused()) {
        break;
      }
    }
    return expected;
  }

  /**
   * The machine has failed at a case: it says why, and nothing is in memory where nobody was asked.
   */
  private static void assertUnclear(
      StoreCase each, String message, byte[] now, byte[] before, byte[] after, String about) {
    assertTrue(message.contains("store"), about);
    // Of a string, stores before the one that is unclear have been judged.
    for (int i = 0; i < now.length; i++) {
      PageState state = each.state(i);
      boolean part =
          now[i] == after[i]
              && (state == PageState.OPEN || (each.elements() > 1 && state.isOpened()));
      assertTrue(now[i] == before[i] || part, "changed at +%#x: %s".formatted(i, about));
    }
  }

  private static void assertRegisters(
      StoreCase each, long[] expected, StoreMemory.Result found, String about) {
    for (int n = 0; n < found.registers().size(); n++) {
      if (n != 4 || each.registers().get(4) != 0) { // RSP is whoever's executes the case
        assertEquals(expected[n], found.registers().get(n), "register %d: %s".formatted(n, about));
      }
    }
    assertEquals(expected[16] & FLAGS, found.rflags() & FLAGS, "flags: " + about);
  }

  private static MachineSpec spec(Way way, List<StoreCase> cases, int first) {
    List<PageRange> restricted = new ArrayList<>();
    List<PageRange> others = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      PageState[] states = {cases.get(i).first(), cases.get(i).second()};
      for (int page = 0; page < 2; page++) {
        long start = StoreMemory.pagesOf(i) + (long) page * StoreCase.PAGE;
        PageRange range = new PageRange(start, start + StoreCase.PAGE);
        if (states[page] == PageState.RESTRICTED) {
          restricted.add(range);
        } else if (states[page] == PageState.OWNED_BY_OTHER) {
          others.add(range);
        }
      }
    }
    Driver driver =
        Driver.named("stores", Payloads.driver("executes_stores"))
            .cpl(way.cpl)
            .arguments(
                List.of(StoreMemory.CASES, StoreMemory.RESULTS, (long) first, (long) cases.size()))
            .build();
    Driver other =
        Driver.named("other", Payloads.builtIn(BuiltInPayload.STORE)).owns(others).build();
    return MachineSpec.of(
            Payloads.builtIn(BuiltInPayload.KERNEL), Payloads.builtIn(BuiltInPayload.VALIDATOR))
        .memorySize(StoreMemory.SIZE)
        .detection(way.detection)
        .enforcement(TestMachine.ENFORCEMENT)
        .restricted(restricted)
        .drivers(List.of(driver, other))
        .timeLimit(Duration.ofSeconds(60))
        .recording(Recording.NOTHING)
        .build();
  }

  /** The cases are of every form, and those in the places that are hard to tell are among them. */
  @Test
  void cases_areManifold() {
    Random random = new Random(SEED);
    int crossing = 0;
    int atAnEnd = 0;
    for (Form form : Form.all()) {
      for (int i = 0; i < 20; i++) {
        StoreCase each =
            StoreCase.random(
                form, random, StoreMemory.pagesOf(0), StoreMemory.codeOf(0), StoreMemory.READABLE);
        assertTrue(each.codeBytes().length <= 15 + 3, each.toString());
        crossing += each.crosses() ? 1 : 0;
        atAnEnd += (each.at() + each.bytes()) % StoreCase.PAGE == 0 ? 1 : 0;
      }
    }
    assertTrue(Form.all().size() > 200, Form.all().size() + " forms");
    assertTrue(crossing > Form.all().size() && atAnEnd > Form.all().size());
  }
}
