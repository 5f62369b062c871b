// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_COALESCED_PIO;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.io.CoalescedRing;
import dev.kvmpl.kvm.io.IoAddress;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.Optional;
import org.junit.jupiter.api.Test;

@RequiresKvm
class CoalescedWritesTest {
  @Test
  void writes_areCollected_andTheLastIsAnExitOfItsOwn() {
    // 89 07          mov %eax, (%rdi)
    // 66 89 47 08    mov %ax, 8(%rdi)
    // f4             hlt
    try (BareGuest guest = BareGuest.running("89 07 66 89 47 08 f4")) {
      long gpa = BareGuest.MEMORY + 0x2000;
      Registers registers = guest.vcpu().registers();
      registers.rdi(gpa);
      registers.rax(0x44332211);
      guest.vcpu().setRegisters();
      guest.vm().ioEvents().coalesce(new IoAddress.Memory(gpa), 0x10);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      CoalescedRing ring = guest.vcpu().extras().coalescedWrites();
      assertEquals(
          new CoalescedRing.Write(new IoAddress.Memory(gpa), 4, 0x44332211),
          ring.take().orElseThrow());
      assertEquals(
          new CoalescedRing.Write(new IoAddress.Memory(gpa + 8), 2, 0x2211),
          ring.take().orElseThrow());
      assertEquals(Optional.empty(), ring.take());
    }
  }

  @Test
  void writesToAPort_areCollected_whereTheHostCan() {
    // e6 10          out %al, $0x10
    // f4             hlt
    try (BareGuest guest = BareGuest.running("e6 10 f4")) {
      IoAddress port = new IoAddress.Port(0x10);
      if (guest.kvm().fd().extension(KVM_CAP_COALESCED_PIO()) == 0) {
        assertEquals("EINVAL", Refusal.of(() -> guest.vm().ioEvents().coalesce(port, 1)));
        return;
      }
      guest.vm().ioEvents().coalesce(port, 1);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      assertEquals(
          new CoalescedRing.Write(port, 1, 0),
          guest.vcpu().extras().coalescedWrites().take().orElseThrow());
    }
  }

  @Test
  void afterUncoalescing_aWriteIsAnExit() {
    // 89 07          mov %eax, (%rdi)
    try (BareGuest guest = BareGuest.running("89 07 f4")) {
      IoAddress address = new IoAddress.Memory(BareGuest.MEMORY);
      guest.vcpu().registers().rdi(BareGuest.MEMORY);
      guest.vcpu().setRegisters();
      guest.vm().ioEvents().coalesce(address, 8);
      guest.vm().ioEvents().uncoalesce(address, 8);

      assertInstanceOf(VcpuExit.Mmio.class, guest.vcpu().run());
    }
  }
}
