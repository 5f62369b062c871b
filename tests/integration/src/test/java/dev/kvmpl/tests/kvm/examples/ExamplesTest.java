// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.irq.Lapic;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.RequiresKvm;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@RequiresKvm
@ResourceLock(Resources.SYSTEM_OUT)
class ExamplesTest {
  /** What is printed meanwhile. */
  private static String printed(Runnable example) {
    PrintStream before = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      example.run();
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8).strip();
  }

  @Test
  void tenBytes_sayWhatTheyComputed() {
    assertEquals("the guest says 42", printed(TenBytes::run));
  }

  @Test
  void singleStep_saysWhereTheGuestIs() {
    // 90       nop
    // ff c0    inc %eax
    // f4       hlt
    try (BareGuest guest = BareGuest.running("90 ff c0 f4")) {
      String steps = printed(() -> SingleStep.run(guest.vcpu()));

      assertEquals(
          "next is 0x8001\nnext is 0x8003",
          steps.lines().limit(2).reduce("", (a, b) -> a.isEmpty() ? b : a + "\n" + b));
    }
  }

  @Test
  void editedCpuid_isWhatTheGuestReads() {
    // b8 01 00 00 00    mov $1, %eax
    // 0f a2             cpuid
    // f4                hlt
    try (BareGuest guest = BareGuest.running("b8 01 00 00 00 0f a2 f4")) {
      EditedCpuid.run(guest.kvm(), guest.vcpu());

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      assertEquals(0, guest.vcpu().registers().rcx() & 1L << 31);
    }
  }

  @Test
  void eventFd_interruptsTheGuest() {
    // fb       sti
    // f4       hlt
    // handler: e6 10    out %al, $0x10
    try (BareGuest guest =
        BareGuest.handling("fb f4", "e6 10", vm -> vm.interrupts().createController())) {
      Lapic lapic = guest.vcpu().get(new Lapic());
      lapic.put(Lapic.SPURIOUS_VECTOR, 0x1ff);
      guest.vcpu().set(lapic);

      InterruptByEventFd.run(guest.vm());

      assertInstanceOf(VcpuExit.Io.class, guest.vcpu().run());
      assertEquals(0x61, guest.vector());
    }
  }

  @Test
  void port_ringsADoorbell() {
    // e6 10    out %al, $0x10
    // e6 10    out %al, $0x10
    // f4       hlt
    try (BareGuest guest = BareGuest.running("e6 10 e6 10 f4")) {
      assertEquals("rung 2 times", printed(() -> PortByEventFd.run(guest.vm(), guest.vcpu())));
    }
  }

  @Test
  void dirtyPages_areThoseThatTheGuestHasWritten() {
    // 88 04 25 21 30 20 00    mov %al, 0x203021
    // f4                      hlt
    try (BareGuest guest = BareGuest.running("88 04 25 21 30 20 00 f4");
        GuestMemory memory = GuestMemory.allocate(0x8000)) {
      assertEquals(
          "written: pages {3}", printed(() -> DirtyPages.run(guest.vm(), guest.vcpu(), memory)));
    }
  }
}
