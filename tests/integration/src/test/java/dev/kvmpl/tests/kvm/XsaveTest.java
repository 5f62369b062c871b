// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_XSAVE2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.kvm.state.Fpu;
import dev.kvmpl.kvm.state.Xsave;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

@RequiresKvm
class XsaveTest {
  private static final int XMM0 = 160; // in the legacy area (AMD manual volume 2, figure 11-9)
  private static final long SSE = 1 << 1;

  @Test
  void state_isAsLargeAsTheVmSays() {
    try (BareGuest guest = BareGuest.running("f4")) {
      int said = guest.vm().fd().extension(KVM_CAP_XSAVE2());

      Xsave xsave = guest.vcpu().xsave();

      assertEquals(Math.max(said, Xsave.MIN_BYTES), xsave.size());
    }
  }

  @Test
  void mxcsr_isWhatItWasSetTo() {
    try (BareGuest guest = BareGuest.running("f4")) {
      Xsave xsave = guest.vcpu().xsave();
      xsave.mxcsr(0x1f00);
      xsave.components(xsave.components() | SSE);

      guest.vcpu().set(xsave);

      assertEquals(0x1f00, guest.vcpu().xsave().mxcsr());
    }
  }

  @Test
  void sseRegister_isThatOfTheFpu() {
    try (BareGuest guest = BareGuest.running("f4")) {
      Xsave xsave = guest.vcpu().xsave();
      xsave.putInt(XMM0, 0x44332211);
      xsave.components(xsave.components() | SSE);

      guest.vcpu().set(xsave);

      byte[] xmm = guest.vcpu().get(new Fpu()).xmm(0);
      assertArrayEquals(new byte[] {0x11, 0x22, 0x33, 0x44}, Arrays.copyOf(xmm, 4));
      assertEquals(0x44332211, guest.vcpu().xsave().getInt(XMM0));
    }
  }

  @Test
  void componentThatNoCpuHas_isRefused() {
    try (BareGuest guest = BareGuest.running("f4")) {
      Xsave xsave = guest.vcpu().xsave();
      xsave.components(1L << 62);

      assertEquals("EINVAL", Refusal.of(() -> guest.vcpu().set(xsave)));
    }
  }

  @Test
  void room_isNeverLessThanTheStruct() {
    assertEquals(Xsave.MIN_BYTES, Xsave.of(0).size());
    assertEquals(8192, Xsave.of(8192).size());
  }
}
