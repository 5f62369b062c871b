// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_VCPU_ATTRIBUTES;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_DEV_TYPE_VFIO;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_VCPU_TSC_CTRL;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_VCPU_TSC_OFFSET;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.Errno;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.fd.Device;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

@RequiresKvm
class DeviceTest {
  private static final Path CLOCK =
      Path.of("/sys/devices/system/clocksource/clocksource0/current_clocksource");

  /**
   * kvm_pvm's guests have the CPU's own counter: the offset stays 0. A host that does not trust its
   * own counter, as one may that is emulated on a busy machine, computes guests' anew each time.
   */
  @Test
  void vcpu_hasAnOffsetOfItsCounter_whereTheHostCanChangeIt() throws IOException {
    try (BareGuest guest = BareGuest.running("f4")) {
      Device vcpu = Device.of(guest.vcpu().fd());
      if (guest.kvm().fd().extension(KVM_CAP_VCPU_ATTRIBUTES()) == 0
          || !vcpu.has(KVM_VCPU_TSC_CTRL(), KVM_VCPU_TSC_OFFSET())) {
        assertFalse(vcpu.has(KVM_VCPU_TSC_CTRL(), KVM_VCPU_TSC_OFFSET()));
        return;
      }
      MemorySegment offset = Arena.ofAuto().allocate(8, 8);
      offset.set(JAVA_LONG, 0, 0x1234_5678L);

      vcpu.unsafeSet(KVM_VCPU_TSC_CTRL(), KVM_VCPU_TSC_OFFSET(), offset);

      MemorySegment got = Arena.ofAuto().allocate(8, 8);
      vcpu.unsafeGet(KVM_VCPU_TSC_CTRL(), KVM_VCPU_TSC_OFFSET(), got);
      boolean own = Host.detect().module().equals("kvm_pvm");
      boolean trusted = Files.readString(CLOCK).strip().equals("tsc");
      if (own || trusted) {
        assertEquals(own ? 0 : 0x1234_5678L, got.get(JAVA_LONG, 0));
      }
    }
  }

  @Test
  void attributeThatIsNotThere_isNot() {
    try (BareGuest guest = BareGuest.running("f4")) {
      Device vcpu = Device.of(guest.vcpu().fd());

      assertFalse(vcpu.has(99, 99));
      assertFalse(Device.of(guest.kvm().fd()).has(99, 99));
    }
  }

  @Test
  void attributesOfAHandle_doNotCloseIt() {
    try (BareGuest guest = BareGuest.running("f4")) {
      Device.of(guest.vcpu().fd()).close();

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
    }
  }

  /** x86's one kind of device needs VFIO in the kernel. */
  @Test
  void device_isMade_whereTheHostHasItsKind() {
    try (BareGuest guest = BareGuest.running("f4")) {
      assertEquals("ENODEV", Refusal.of(() -> guest.vm().createDevice(0x7fff).close()));
      String made;
      try (Device vfio = guest.vm().createDevice(KVM_DEV_TYPE_VFIO())) {
        made =
            vfio.has(1, 1) // KVM_DEV_VFIO_FILE, KVM_DEV_VFIO_FILE_ADD
                ? "made"
                : "without";
      } catch (SyscallException e) {
        made = Errno.name(e.errno());
      }
      assertTrue(Set.of("made", "ENODEV").contains(made), made);
    }
  }
}
