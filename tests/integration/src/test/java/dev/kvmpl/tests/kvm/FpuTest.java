// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.kvm.state.Fpu;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

@RequiresKvm
class FpuTest {
  @Test
  void registers_areWhatTheyWereSetTo() {
    try (BareGuest guest = BareGuest.running("f4")) {
      Fpu set = guest.vcpu().get(new Fpu());
      set.xmm(3, bytes(0x30));
      set.xmm(15, bytes(0xf0));
      set.st(2, Arrays.copyOf(bytes(0x20), 16));
      set.controlWord(0x27f);

      guest.vcpu().set(set);

      Fpu got = guest.vcpu().get(new Fpu());
      assertArrayEquals(bytes(0x30), got.xmm(3));
      assertArrayEquals(bytes(0xf0), got.xmm(15));
      assertArrayEquals(Arrays.copyOf(bytes(0x20), 10), Arrays.copyOf(got.st(2), 10));
      assertEquals(0x27f, got.controlWord());
    }
  }

  /** KVM's emulator does not load the guest's registers for its own instructions. */
  @Test
  void controlWord_isTheGuests_unlessKvmEmulatesIt() {
    // db e3    fninit
    // f4       hlt
    try (BareGuest guest = BareGuest.running("db e3 f4")) {
      Fpu fpu = guest.vcpu().get(new Fpu());
      fpu.controlWord(0x27f);
      guest.vcpu().set(fpu);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      assertEquals(
          Host.detect().emulatesSupervisor() ? 0x27f : 0x37f,
          guest.vcpu().get(new Fpu()).controlWord());
    }
  }

  @Test
  void valueOfAnotherSize_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Fpu().xmm(0, new byte[8]));
    assertThrows(IndexOutOfBoundsException.class, () -> new Fpu().xmm(16));
    assertThrows(IndexOutOfBoundsException.class, () -> new Fpu().st(8));
  }

  private static byte[] bytes(int first) {
    byte[] bytes = new byte[Fpu.REGISTER_BYTES];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (first + i);
    }
    return bytes;
  }
}
