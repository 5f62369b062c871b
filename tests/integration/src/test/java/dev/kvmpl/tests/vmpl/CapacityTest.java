// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.vmpl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Instructions whose change the enforcement could not follow: refused, last of all checks. */
class CapacityTest {
  private static final int NO_ROOM = Abi.KVMPL_RMP_FAIL_NO_ROOM();
  private static final int PAGE = 5;
  private static final long GPA = PAGE * PageRange.PAGE_SIZE;
  private static final int READ = Abi.RMP_READ() << Abi.RMP_PERMISSIONS_SHIFT();
  private static final int VALIDATE = Abi.RMP_VALIDATE();

  /** One question: what a level would get where. */
  private record Asked(Vmpl level, int from, int to, int access) {}

  private final Rmp rmp = new Rmp(1024);
  private final List<Asked> asked = new ArrayList<>();

  private void limit(boolean room) {
    rmp.limitTo(
        (level, from, to, access) -> {
          asked.add(new Asked(level, from, to, access));
          return room;
        });
  }

  @Test
  void rmpadjustWithoutRoom_failsAndChangesNothing() {
    limit(false);

    assertEquals(NO_ROOM, rmp.adjust(Vmpl.VMPL0, GPA, 0, READ | Abi.RMP_VMSA() | 1));

    assertEquals(PagePermissions.NONE, rmp.permissions(PAGE, Vmpl.VMPL1));
    assertFalse(rmp.isVmsa(PAGE));
    assertEquals(List.of(new Asked(Vmpl.VMPL1, PAGE, PAGE + 1, PagePermissions.READ)), asked);
  }

  @Test
  void rmpadjustOfALargePage_asksForAllOfIt() {
    rmp.useLargeEntries(new PageRange(0, 0x200000));
    limit(true);

    assertEquals(Abi.RMP_OK(), rmp.adjust(Vmpl.VMPL0, 0, 1, READ | 2));

    assertEquals(List.of(new Asked(Vmpl.VMPL2, 0, 512, PagePermissions.READ)), asked);
  }

  @Test
  void pvalidate_asksForEveryLevel_andWithoutRoomChangesNothing() {
    rmp.assign(new PageRange(GPA, GPA + PageRange.PAGE_SIZE), Vmpl.VMPL2, PagePermissions.READ);
    limit(true);

    assertEquals(Abi.RMP_OK(), rmp.validate(Vmpl.VMPL0, GPA, 0, 0));

    for (Vmpl level : Vmpl.values()) {
      assertTrue(asked.remove(new Asked(level, PAGE, PAGE + 1, PagePermissions.NONE)));
    }
    assertEquals(List.of(), asked);
    limit(false);

    assertEquals(NO_ROOM, rmp.validate(Vmpl.VMPL0, GPA, 0, VALIDATE));

    assertFalse(rmp.isValidated(PAGE));
    limit(true);
    asked.clear();

    assertEquals(Abi.RMP_OK(), rmp.validate(Vmpl.VMPL0, GPA, 0, VALIDATE));

    assertTrue(asked.contains(new Asked(Vmpl.VMPL0, PAGE, PAGE + 1, PagePermissions.ALL)));
    assertTrue(asked.contains(new Asked(Vmpl.VMPL2, PAGE, PAGE + 1, PagePermissions.READ)));
    assertTrue(asked.contains(new Asked(Vmpl.VMPL3, PAGE, PAGE + 1, PagePermissions.NONE)));
  }

  /** Pages are told by hardware's rules first: what those refuse, nobody is asked about. */
  @Test
  void otherFailures_comeFirst() {
    rmp.useLargeEntries(new PageRange(0, 0x200000));
    limit(false);

    assertEquals(Abi.RMP_FAIL_INPUT(), rmp.adjust(Vmpl.VMPL0, GPA + 1, 0, READ | 1));
    assertEquals(Abi.RMP_FAIL_PERMISSION(), rmp.adjust(Vmpl.VMPL1, 0, 1, READ | 2));
    assertEquals(Abi.RMP_FAIL_SIZEMISMATCH(), rmp.adjust(Vmpl.VMPL0, 0x200000, 1, READ | 1));
    assertEquals(Rmp.SIZE_FAULT, rmp.adjust(Vmpl.VMPL0, 0, 0, READ | 1));
    assertEquals(
        Abi.RMP_OK() | Abi.KVMPL_RMP_CARRY(), rmp.validate(Vmpl.VMPL0, 0x200000, 0, VALIDATE));
    assertEquals(List.of(), asked);
  }
}
