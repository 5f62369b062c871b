// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.SlotMode;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

@RequiresKvm
class DirtyLogTest {
  // 88 07          mov %al, (%rdi)
  // f4             hlt
  private static final String STORES = "88 07 f4";

  private static BitSet pages(int... numbers) {
    BitSet pages = new BitSet();
    for (int number : numbers) {
      pages.set(number);
    }
    return pages;
  }

  @Test
  void pageThatIsWritten_isToldOnce() {
    try (SmallGuest guest = SmallGuest.running(STORES)) {
      guest.mapPage(SlotMode.LOGGED);
      guest.vm().dirtyPages(1);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      assertEquals(pages(0), guest.vm().dirtyPages(1));
      assertEquals(pages(), guest.vm().dirtyPages(1));
    }
  }

  /** One that is only read may be: KVM tells what it has mapped for writing. */
  @Test
  void pageThatNobodyTouches_isNotTold() {
    try (SmallGuest guest = SmallGuest.running("f4")) {
      guest.mapPage(SlotMode.LOGGED);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      assertEquals(pages(), guest.vm().dirtyPages(1));
    }
  }

  @Test
  void slotThatIsNotLogged_isRefused() {
    try (SmallGuest guest = SmallGuest.running(STORES)) {
      guest.mapPage(SlotMode.READ_WRITE);

      assertEquals("ENOENT", Refusal.of(() -> guest.vm().dirtyPages(1)));
      assertEquals("ENOENT", Refusal.of(() -> guest.vm().dirtyPages(7)));
    }
  }

  @Test
  void withManualProtection_pagesAreTold_untilTheyAreCleared() {
    try (SmallGuest guest = SmallGuest.running(STORES)) {
      guest
          .vm()
          .fd()
          .enable(KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2(), KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE());
      guest.mapPage(SlotMode.LOGGED);
      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
      assertEquals(pages(0), guest.vm().dirtyPages(1));
      assertEquals(pages(0), guest.vm().dirtyPages(1));

      guest.vm().clearDirtyPages(1, 0, 1, pages(0));

      assertEquals(pages(), guest.vm().dirtyPages(1));
    }
  }
}
