// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.SlotMode;
import dev.kvmpl.tests.support.RequiresKvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@RequiresKvm
class MemorySafetyTest {
  private static boolean isMapped(long address) throws IOException {
    String start = Long.toHexString(address) + "-";
    return Files.readString(Path.of("/proc/self/maps")).contains("\n" + start);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0x3000",
    "0x1000, 0x2000",
    "0x2000, 0x1000",
    "-0x1000, 0x1000",
    "0, 0",
    "0, -0x1000"
  })
  void slotThatReachesBeyondTheMemory_isRefused(String offset, String length) {
    try (Kvm kvm = Kvm.open();
        Vm vm = kvm.createVm();
        GuestMemory memory = GuestMemory.allocate(0x2000)) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              vm.setSlot(
                  0, 0, memory, Long.decode(offset), Long.decode(length), SlotMode.READ_WRITE));
    }
  }

  @Test
  void closedMemory_staysMapped_untilVmAndVcpusAreClosed() throws IOException {
    // 88 07    mov %al, (%rdi)
    // f4       hlt
    try (Kvm kvm = Kvm.open()) {
      GuestMemory memory = GuestMemory.allocate(0x10000);
      long address = memory.hostAddress(0);
      memory.write(0xfff0, new byte[] {(byte) 0xf4});
      Vm vm = kvm.createVm();
      vm.setSlot(0, 0xffff0000L, memory, 0, 0x10000, SlotMode.READ_WRITE);
      Vcpu vcpu = vm.createVcpu(0);

      memory.close();
      vm.close();

      assertTrue(isMapped(address));
      assertInstanceOf(VcpuExit.Halt.class, vcpu.run());
      vcpu.close();
      assertFalse(isMapped(address));
    }
  }

  @Test
  void closedMemory_isInNoSlotAnyMore() {
    try (Kvm kvm = Kvm.open();
        Vm vm = kvm.createVm()) {
      GuestMemory memory = GuestMemory.allocate(0x1000);
      memory.close();

      assertThrows(
          IllegalStateException.class,
          () -> vm.setSlot(0, 0, memory, 0, 0x1000, SlotMode.READ_WRITE));
    }
  }

  @Test
  void memoryInNoSlot_isUnmappedAtOnce() throws IOException {
    GuestMemory memory = GuestMemory.allocate(0x1000);
    long address = memory.hostAddress(0);
    assertTrue(isMapped(address));

    memory.close();
    memory.close();

    assertFalse(isMapped(address));
  }

  @Test
  void addressOfOnesOwn_isBehindAnUnsafeName() {
    try (Kvm kvm = Kvm.open();
        Vm vm = kvm.createVm();
        GuestMemory memory = GuestMemory.allocate(0x10000)) {
      memory.write(0xfff0, new byte[] {(byte) 0xf4}); // hlt
      vm.unsafeSetSlot(0, 0xffff0000L, 0x10000, memory.hostAddress(0), SlotMode.READ_ONLY);
      try (Vcpu vcpu = vm.createVcpu(0)) {
        assertInstanceOf(VcpuExit.Halt.class, vcpu.run());
      }
    }
  }
}
