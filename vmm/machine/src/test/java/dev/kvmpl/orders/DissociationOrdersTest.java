// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.orders;

import static dev.kvmpl.orders.World.answers;
import static dev.kvmpl.orders.World.closes;
import static dev.kvmpl.orders.World.givesBack;
import static dev.kvmpl.orders.World.grants;
import static dev.kvmpl.orders.World.passesOn;
import static dev.kvmpl.orders.World.refuses;

import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A driver gives back two vCPUs, and VMPL0 closes, while others pass on. */
class DissociationOrdersTest {

  @Test
  void driverThatGivesBack_isAsItsModel_inAnyOrder() {
    Orders.run(
        1512,
        World.FIRST,
        World.driversOnThree(World.FIRST),
        List.of(
            List.of(closes(0, Vmpl.VMPL3)),
            List.of(
                passesOn(Vmpl.VMPL1, 1, Vmpl.VMPL2),
                givesBack(Vmpl.VMPL1, 1),
                closes(1, Vmpl.VMPL1),
                closes(1, Vmpl.VMPL2),
                answers(1, Vmpl.VMPL1)),
            List.of(givesBack(Vmpl.VMPL1, 2), answers(2, Vmpl.VMPL1)),
            List.of(passesOn(Vmpl.VMPL2, 3, Vmpl.VMPL3))));
  }

  @Test
  void dissociationThatVmpl0RefusesOnOneProcessor_isAsItsModel_inAnyOrder() {
    Orders.run(
        630,
        World.FIRST,
        World.driversOnThree(World.FIRST),
        List.of(
            List.of(closes(0, Vmpl.VMPL1), closes(0, Vmpl.VMPL2)),
            List.of(givesBack(Vmpl.VMPL1, 1), refuses(1, Vmpl.VMPL1)),
            List.of(givesBack(Vmpl.VMPL1, 2), answers(2, Vmpl.VMPL1)),
            List.of(passesOn(Vmpl.VMPL2, 3, Vmpl.VMPL3))));
  }

  @Test
  void grantAfterTheDriverHasGivenBack_isAsItsModel_inAnyOrder() {
    Orders.run(
        140,
        World.FIRST,
        World.driversOnThree(World.FIRST),
        List.of(
            List.of(closes(0, Vmpl.VMPL1)),
            List.of(givesBack(Vmpl.VMPL1, 1), grants(1, Vmpl.VMPL1), answers(1, Vmpl.VMPL1)),
            List.of(givesBack(Vmpl.VMPL1, 2), grants(2, Vmpl.VMPL1), answers(2, Vmpl.VMPL1))));
  }
}
