// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.fd.EventFd;
import dev.kvmpl.kvm.io.IoAddress;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class IoEventFdTest {
  // e6 10          out %al, $0x10
  // e6 10          out %al, $0x10
  // f4             hlt
  private static final String OUT_TWICE = "e6 10 e6 10 f4";

  private static final IoAddress PORT = new IoAddress.Port(0x10);

  @Test
  void writeToThePort_isASignal_andNoExit() {
    try (EventFd event = new EventFd();
        BareGuest guest = BareGuest.running(OUT_TWICE)) {
      guest.vm().ioEvents().connect(event, PORT, 1);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      assertEquals(2, event.take());
      assertEquals(0, event.take());
    }
  }

  @Test
  void writeOfAnotherValue_isAnExit() {
    try (EventFd event = new EventFd();
        BareGuest guest = BareGuest.running(OUT_TWICE)) {
      guest.vm().ioEvents().connect(event, PORT, 1, 7);

      assertInstanceOf(VcpuExit.Io.class, guest.vcpu().run()); // AL is 0
      guest.vcpu().finish();
      guest.vcpu().registers().rax(7);
      guest.vcpu().setRegisters();
      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      assertEquals(1, event.take());
    }
  }

  @Test
  void writeToMemoryThatNoSlotHas_isASignal() {
    // 89 07          mov %eax, (%rdi)
    // f4             hlt
    try (EventFd event = new EventFd();
        BareGuest guest = BareGuest.running("89 07 f4")) {
      guest.vcpu().registers().rdi(BareGuest.MEMORY + 0x1000);
      guest.vcpu().setRegisters();
      guest.vm().ioEvents().connect(event, new IoAddress.Memory(BareGuest.MEMORY + 0x1000), 4);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      assertEquals(1, event.take());
    }
  }

  @Test
  void afterDisconnecting_writesAreExits() {
    try (EventFd event = new EventFd();
        BareGuest guest = BareGuest.running(OUT_TWICE)) {
      guest.vm().ioEvents().connect(event, PORT, 1);
      guest.vm().ioEvents().disconnect(event, PORT, 1);

      assertInstanceOf(VcpuExit.Io.class, guest.vcpu().run());
      assertEquals(0, event.take());
      assertEquals("ENOENT", Refusal.of(() -> guest.vm().ioEvents().disconnect(event, PORT, 1)));
    }
  }

  @Test
  void port_isOneOf65536() {
    assertThrows(IllegalArgumentException.class, () -> new IoAddress.Port(0x10000));
    assertThrows(IllegalArgumentException.class, () -> new IoAddress.Port(-1));
  }
}
