// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.orders;

import static dev.kvmpl.orders.World.answers;
import static dev.kvmpl.orders.World.closes;
import static dev.kvmpl.orders.World.creates;
import static dev.kvmpl.orders.World.givesBack;
import static dev.kvmpl.orders.World.passesOn;

import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The guest kernel starts a vCPU of the level whose driver is leaving, on another processor. */
class StartingOrdersTest {

  private static void whileTheFirstLeaves(int driver) {
    Orders.run(
        1512,
        World.FIRST,
        World.driversOnTwo(),
        List.of(
            List.of(creates(driver, Vmpl.VMPL1, 2)),
            List.of(
                passesOn(Vmpl.VMPL1, 1, Vmpl.VMPL2),
                givesBack(Vmpl.VMPL1, 1),
                closes(1, Vmpl.VMPL1),
                closes(1, Vmpl.VMPL2),
                answers(1, Vmpl.VMPL1)),
            List.of(answers(2, Vmpl.VMPL1), passesOn(Vmpl.VMPL1, 2, Vmpl.VMPL3)),
            List.of(passesOn(Vmpl.VMPL2, 3, Vmpl.VMPL3))));
  }

  @Test
  void anotherDriversStart_isAsItsModel_inAnyOrder() {
    whileTheFirstLeaves(ScriptedMachine.ANOTHER);
  }

  @Test
  void sameDriversStart_isAsItsModel_inAnyOrder() {
    whileTheFirstLeaves(World.FIRST);
  }
}
