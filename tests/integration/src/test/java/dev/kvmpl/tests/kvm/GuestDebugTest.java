// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@RequiresKvm
class GuestDebugTest {
  // 90       nop
  // ff c0    inc %eax
  // ff c0    inc %eax
  // f4       hlt
  private static final String CODE = "90 ff c0 ff c0 f4";

  @Test
  void singleStep_isAnExitAfterEachInstruction() {
    try (BareGuest guest = BareGuest.running(CODE)) {
      guest.vcpu().debug(GuestDebug.on().singleStep());

      for (int next : new int[] {1, 3, 5}) {
        OptInExit.Debug exit =
            assertInstanceOf(OptInExit.Debug.class, guest.vcpu().run(), "before " + next);
        assertEquals(1, exit.exception());
        assertEquals(BareGuest.CODE + next, exit.pc());
        assertTrue(exit.isSingleStep());
        assertFalse(exit.isSoftwareBreakpoint());
      }
      guest.vcpu().debug(GuestDebug.off());
      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
      assertEquals(2, guest.vcpu().registers().rax());
    }
  }

  /** Set on hosts whose emulated CPU does not stop guests for whoever debugs them. */
  private static final boolean NO_BREAKPOINTS = System.getenv("KVMPL_NO_BREAKPOINTS") != null;

  @Test
  void hardwareBreakpoint_isAnExitBeforeTheInstruction() {
    try (BareGuest guest = BareGuest.running(CODE)) {
      guest
          .vcpu()
          .debug(
              GuestDebug.on()
                  .hardwareBreakpoint(2, BareGuest.CODE + 3, GuestDebug.Watch.EXECUTION, 1));

      VcpuExit stopped = guest.vcpu().run();

      if (NO_BREAKPOINTS) {
        assertInstanceOf(VcpuExit.Halt.class, stopped);
        return;
      }
      OptInExit.Debug exit = assertInstanceOf(OptInExit.Debug.class, stopped);
      assertEquals(BareGuest.CODE + 3, exit.pc());
      assertEquals(2, exit.breakpoint());
      assertEquals(1, guest.vcpu().registers().rax());
    }
  }

  /** KVM's emulator has no {@code int3}. */
  @Test
  void softwareBreakpoint_isAnExit_andTheGuestDoesNotGetIt() {
    // cc    int3
    // f4    hlt
    try (BareGuest guest = BareGuest.running("cc f4")) {
      guest.vcpu().debug(GuestDebug.on().softwareBreakpoints());

      VcpuExit exit = guest.vcpu().run();

      if (Host.detect().emulatesSupervisor()) {
        assertTrue(
            assertInstanceOf(VcpuExit.KvmInternalError.class, exit)
                .isEmulationOf(new byte[] {(byte) 0xcc}));
        return;
      }
      if (NO_BREAKPOINTS) {
        assertInstanceOf(VcpuExit.Halt.class, exit);
        return;
      }
      OptInExit.Debug debug = assertInstanceOf(OptInExit.Debug.class, exit, exit::toString);
      assertTrue(debug.isSoftwareBreakpoint());
      assertEquals(OptInExit.Debug.NONE, debug.breakpoint());
      assertEquals(BareGuest.CODE, debug.pc());
      assertEquals(0xcc, guest.memory().getByte(BareGuest.CODE) & 0xff);
    }
  }

  @Test
  void watchOfMisalignedBytes_isRefused() {
    GuestDebug debug = GuestDebug.on();

    assertThrows(
        IllegalArgumentException.class,
        () -> debug.hardwareBreakpoint(0, 0x1001, GuestDebug.Watch.WRITE, 2));
    assertThrows(
        IllegalArgumentException.class,
        () -> debug.hardwareBreakpoint(0, 0x1000, GuestDebug.Watch.EXECUTION, 4));
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> debug.hardwareBreakpoint(4, 0x1000, GuestDebug.Watch.WRITE, 4));
  }

  /** DR7 (AMD manual volume 2, figure 13-4): global enable, condition, length. */
  @ParameterizedTest
  @CsvSource({
    "0, EXECUTION, 1, 2",
    "1, WRITE, 4, d00008",
    "2, ACCESS, 8, b000020",
    "3, WRITE, 2, 50000080"
  })
  void breakpoint_isItsBitsInDr7(int index, GuestDebug.Watch watch, int length, String dr7) {
    GuestDebug debug = GuestDebug.on().hardwareBreakpoint(index, 0x1000, watch, length);

    assertTrue(debug.toString().endsWith("dr7=0x" + dr7), debug::toString);
  }
}
