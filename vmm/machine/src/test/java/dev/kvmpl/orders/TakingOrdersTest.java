// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.orders;

import static dev.kvmpl.orders.World.answers;
import static dev.kvmpl.orders.World.closes;
import static dev.kvmpl.orders.World.exits;
import static dev.kvmpl.orders.World.givesBack;
import static dev.kvmpl.orders.World.passesOn;
import static dev.kvmpl.orders.World.takes;

import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The guest kernel takes a vCPU whose driver passes on what it was granted. */
class TakingOrdersTest {

  @Test
  void takenVcpu_isAsItsModel_inAnyOrder() {
    Orders.run(
        1120,
        World.FIRST,
        World.driversOnThree(World.FIRST),
        List.of(
            List.of(takes(Vmpl.VMPL1, 1)),
            List.of(
                passesOn(Vmpl.VMPL1, 1, Vmpl.VMPL2), exits(Vmpl.VMPL1, 1), answers(1, Vmpl.VMPL1)),
            List.of(givesBack(Vmpl.VMPL1, 2), closes(2, Vmpl.VMPL1), answers(2, Vmpl.VMPL1)),
            List.of(passesOn(Vmpl.VMPL2, 3, Vmpl.VMPL3))));
  }
}
