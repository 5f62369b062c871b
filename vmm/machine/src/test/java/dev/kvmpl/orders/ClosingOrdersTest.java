// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.orders;

import static dev.kvmpl.script.ScriptedMachine.KERNEL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * VMPL0 takes a grant back on one processor while the levels on three others pass it on: every
 * order of what they do. An RMPADJUST is one exit, so these are all the orders that there are.
 */
class ClosingOrdersTest {
  private static final int READ_WRITE = PagePermissions.READ | PagePermissions.WRITE;
  private static final int PAGE = PageRange.pageOf(KERNEL);

  /** What one processor does next. */
  private interface Step {
    void run(ScriptedMachine machine);
  }

  private static Step closes(Vmpl level) {
    return machine -> machine.close(KERNEL, level, 0);
  }

  private static Step passesOn(Vmpl from, int apicId, Vmpl to) {
    return machine -> machine.adjust(machine.vcpu(from, apicId), KERNEL, to, READ_WRITE);
  }

  /** VMPL1's driver is granted a page on processor 1, has it on 2 too, and gives both back. */
  private static ScriptedMachine granted() {
    ScriptedMachine machine =
        ScriptedMachine.with().processors(4).vmpl1Everywhere().build().launch();
    machine.start(1, Vmpl.VMPL1, 1);
    machine.start(1, Vmpl.VMPL1, 2);
    machine.start(2, Vmpl.VMPL2, 3);
    LevelVcpu driver = machine.vcpu(Vmpl.VMPL1, 1);
    machine.exit(driver, Exits.store(KERNEL + 16, 8, 1));
    machine.grant(KERNEL, Vmpl.VMPL1, 1);
    machine.answer(1, Abi.SVSM_SUCCESS());
    return machine;
  }

  private static List<List<Step>> others() {
    return List.of(
        List.of(passesOn(Vmpl.VMPL1, 1, Vmpl.VMPL2), passesOn(Vmpl.VMPL1, 1, Vmpl.VMPL3)),
        List.of(passesOn(Vmpl.VMPL1, 2, Vmpl.VMPL3)),
        List.of(passesOn(Vmpl.VMPL2, 3, Vmpl.VMPL3)));
  }

  private static List<List<Step>> with(List<Step> closing) {
    List<List<Step>> sequences = new ArrayList<>(others());
    sequences.add(closing);
    return Orders.of(sequences);
  }

  private static void assertBinds(ScriptedMachine machine) {
    for (Vmpl level : Vmpl.values()) {
      assertEquals(
          machine.permissions().rmp().access(PAGE, level), machine.bound(level).access(PAGE));
    }
  }

  /** The driver gives both of its vCPUs back, and VMPL0 says that it has closed everything. */
  private static void end(ScriptedMachine machine) {
    machine.giveBack(machine.vcpu(Vmpl.VMPL1, 2));
    machine.giveBack(machine.vcpu(Vmpl.VMPL1, 1));
    machine.answer(1, Abi.SVSM_SUCCESS());
  }

  @Test
  void closedFromItsLevelDown_nothingOfAGrantIsLeft_inAnyOrder() {
    List<List<Step>> orders =
        with(List.of(closes(Vmpl.VMPL1), closes(Vmpl.VMPL2), closes(Vmpl.VMPL3)));
    assertEquals(420, orders.size());
    for (List<Step> order : orders) {
      try (ScriptedMachine machine = granted()) {
        order.forEach(step -> step.run(machine));
        // Whatever came too late may have been passed on by VMPL2, which still had it: once more.
        machine.close(KERNEL, Vmpl.VMPL2, 0);
        machine.close(KERNEL, Vmpl.VMPL3, 0);
        end(machine);

        assertNull(machine.dispatcher().ending());
        for (Vmpl level : List.of(Vmpl.VMPL1, Vmpl.VMPL2, Vmpl.VMPL3)) {
          assertFalse(
              machine.permissions().allows(KERNEL, 8, level, PagePermissions.WRITE), "left");
        }
        assertBinds(machine);
      }
    }
  }

  @Test
  void whateverTheOrder_whatIsLeftEndsTheMachine_andNothingElseDoes() {
    int left = 0;
    List<List<Step>> orders =
        with(List.of(closes(Vmpl.VMPL3), closes(Vmpl.VMPL2), closes(Vmpl.VMPL1)));
    for (List<Step> order : orders) {
      try (ScriptedMachine machine = granted()) {
        order.forEach(step -> step.run(machine));
        boolean isLeft =
            machine.permissions().allows(KERNEL, 8, Vmpl.VMPL2, PagePermissions.WRITE)
                || machine.permissions().allows(KERNEL, 8, Vmpl.VMPL3, PagePermissions.WRITE);
        assertBinds(machine);
        end(machine);

        assertEquals(isLeft, machine.dispatcher().ending() != null);
        left += isLeft ? 1 : 0;
      }
    }
    assertTrue(left > 0 && left < orders.size(), left + " of " + orders.size());
  }
}
