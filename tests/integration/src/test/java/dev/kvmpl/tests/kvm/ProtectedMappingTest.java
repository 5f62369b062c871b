// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.memory.ProtectedMapping;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A page whose mapping may not be accessed so: an exit before the instruction. */
@RequiresKvm
class ProtectedMappingTest {
  private static final long VALUE = 0x1122334455667788L;
  private static final boolean EMULATED = Host.detect().emulatesSupervisor();

  private static final Class<? extends VcpuExit> CAUGHT =
      EMULATED ? VcpuExit.Mmio.class : VcpuExit.MemoryFault.class;

  // 48 89 07       mov %rax, (%rdi)
  // f4             hlt
  private static final String STORES = "48 89 07 f4";

  private static void protect(ProtectedMapping mapping, boolean readable, boolean writable) {
    mapping.protect(SmallGuest.PAGE, PageRange.PAGE_SIZE, readable, writable);
  }

  @Test
  void storeToAPageThatMayBeRead_isAnExitAtTheStore_whichIsDoneOnceItMayBeWritten() {
    assumeFalse(EMULATED, "KVM's emulator makes it an MMIO exit");
    try (SmallGuest guest = SmallGuest.running(STORES);
        ProtectedMapping mapping = guest.memory().protectedMapping()) {
      guest.mapPage(mapping).registers(SmallGuest.PAGE, VALUE);
      protect(mapping, true, false);

      assertInstanceOf(VcpuExit.MemoryFault.class, guest.vcpu().run());

      assertEquals(SmallGuest.CODE, guest.vcpu().registers().rip());
      assertArrayEquals(SmallGuest.untouchedPage(), guest.page());
      protect(mapping, true, true);
      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
      assertEquals(VALUE, guest.memory().getLong(SmallGuest.PAGE));
      guest.unmapPage();
    }
  }

  @Test
  void storeThatKvmEmulates_isAnMmioExit_andTheMemoryUntouched() {
    try (SmallGuest guest = SmallGuest.running(STORES);
        ProtectedMapping mapping = guest.memory().protectedMapping()) {
      guest.mapPage(mapping).registers(SmallGuest.PAGE, VALUE);
      protect(mapping, true, false);

      VcpuExit exit = guest.vcpu().run();

      assertInstanceOf(CAUGHT, exit);
      assertArrayEquals(SmallGuest.untouchedPage(), guest.page());
      guest.unmapPage();
    }
  }

  @Test
  void loadFromAPageThatMayBeRead_isNoExit() {
    // 48 8b 07    mov (%rdi), %rax
    // f4          hlt
    try (SmallGuest guest = SmallGuest.running("48 8b 07 f4");
        ProtectedMapping mapping = guest.memory().protectedMapping()) {
      guest.mapPage(mapping);
      protect(mapping, true, false);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
      assertEquals(0xeeee_eeee_eeee_eeeeL, guest.vcpu().registers().rax());
      guest.unmapPage();
    }
  }

  @Test
  void loadFromAPageThatMayNotBeRead_isAnExit() {
    try (SmallGuest guest = SmallGuest.running("48 8b 07 f4");
        ProtectedMapping mapping = guest.memory().protectedMapping()) {
      guest.mapPage(mapping);
      protect(mapping, false, false);

      VcpuExit exit = guest.vcpu().run();

      assertInstanceOf(CAUGHT, exit);
      guest.unmapPage();
    }
  }

  /** What this process does with the memory itself has nothing to do with it. */
  @Test
  void memoryItself_canBeAccessedAllTheSame() {
    try (SmallGuest guest = SmallGuest.running(STORES);
        ProtectedMapping mapping = guest.memory().protectedMapping()) {
      mapping.protect(0, guest.memory().size(), false, false);

      guest.memory().putLong(SmallGuest.PAGE, VALUE);

      assertEquals(VALUE, guest.memory().getLong(SmallGuest.PAGE));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-0x1000, 0x101000, 0x100000})
  void rangeOutsideOfTheMemory_isRefused(long gpa) {
    try (SmallGuest guest = SmallGuest.running(STORES);
        ProtectedMapping mapping = guest.memory().protectedMapping()) {
      assertThrows(
          IllegalArgumentException.class, () -> mapping.protect(gpa, 0x2000, false, false));
    }
  }
}
