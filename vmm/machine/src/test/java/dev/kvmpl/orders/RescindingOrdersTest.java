// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.orders;

import static dev.kvmpl.orders.World.closes;
import static dev.kvmpl.orders.World.passesOn;
import static dev.kvmpl.orders.World.validates;

import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;

/** VMPL0 rescinds a page, validates it and closes it, while others pass it on. */
class RescindingOrdersTest {

  @Test
  void rescindedPage_isAsItsModel_inAnyOrder() {
    Orders.run(
        1512,
        World.FIRST,
        World.driversOnThree(World.FIRST),
        List.of(
            List.of(
                validates(0, false),
                closes(0, Vmpl.VMPL1),
                validates(0, true),
                closes(0, Vmpl.VMPL1),
                closes(0, Vmpl.VMPL2)),
            List.of(passesOn(Vmpl.VMPL1, 1, Vmpl.VMPL2), passesOn(Vmpl.VMPL1, 1, Vmpl.VMPL3)),
            List.of(passesOn(Vmpl.VMPL1, 2, Vmpl.VMPL3)),
            List.of(passesOn(Vmpl.VMPL2, 3, Vmpl.VMPL3))));
  }
}
