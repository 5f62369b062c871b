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

/** A driver that is unloaded with its last vCPU, and another that gets its level. */
class UnloadingOrdersTest {

  @Test
  void unloadedDriver_isAsItsModel_inAnyOrder() {
    Orders.run(
        2520,
        ScriptedMachine.ANOTHER,
        World.driversOnThree(ScriptedMachine.ANOTHER),
        List.of(
            List.of(creates(World.FIRST, Vmpl.VMPL1, 2)),
            List.of(
                givesBack(Vmpl.VMPL1, 1),
                closes(1, Vmpl.VMPL1),
                closes(1, Vmpl.VMPL2),
                answers(1, Vmpl.VMPL1)),
            List.of(
                passesOn(Vmpl.VMPL1, 2, Vmpl.VMPL2),
                givesBack(Vmpl.VMPL1, 2),
                answers(2, Vmpl.VMPL1)),
            List.of(passesOn(Vmpl.VMPL2, 3, Vmpl.VMPL3))));
  }
}
