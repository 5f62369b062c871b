// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.PayloadImage.MalformedException;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.vmpl.Vmpl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The room of each level's memory for images and stacks, as docs/limits.md has it. */
@RequiresKvm
class ImageRoomTest {
  private static final long MIB = 1 << 20;
  private static final long PAGE = 4096;
  private static final long STACK = 16 * 1024;

  private static PayloadImage image(long size) throws MalformedException {
    return PayloadImage.parse(new Elf().putLong(Elf.LOAD + Elf.MEMORY_SIZE, size).bytes());
  }

  /** A driver of that size, or at VMPL0 the validator. */
  private static MachineSpec spec(Vmpl level, long size) throws MalformedException {
    boolean ofDriver = level != Vmpl.VMPL0;
    MachineSpec.Builder spec =
        MachineSpec.of(
                Payloads.builtIn(BuiltInPayload.KERNEL),
                ofDriver ? Payloads.builtIn(BuiltInPayload.VALIDATOR) : image(size))
            .memorySize(MemoryLayout.PAYLOADS.memoryMin());
    if (ofDriver) {
      spec.driver(Driver.named("tested", image(size)).level(level).build());
    }
    return spec.build();
  }

  private static long besides(Vmpl level) {
    return switch (level) {
      case VMPL0 -> 0;
      case VMPL1 ->
          STACK + Math.ceilDiv(Payloads.builtIn(BuiltInPayload.KERNEL).size(), PAGE) * PAGE;
      case VMPL2, VMPL3 -> STACK;
    };
  }

  @ParameterizedTest
  @CsvSource({"VMPL1, 3", "VMPL2, 1", "VMPL3, 1"})
  void payloadsOfALevel_haveTheRoomThatItHas_andNoMore(Vmpl level, long mib) throws Exception {
    long most = mib * MIB - besides(level);
    MachineSpec tooLarge = spec(level, most + 1);
    try (Kvm kvm = Kvm.open()) {
      new Machine(kvm, spec(level, most)).close();

      String message =
          assertThrows(PayloadsTooLargeException.class, () -> new Machine(kvm, tooLarge).close())
              .getMessage();

      assertEquals(
          "the payloads of %s take %d KiB with their stacks, allowed are %d KiB"
              .formatted(level, (mib * MIB + PAGE) / 1024, mib * MIB / 1024),
          message);
    }
  }

  @Test
  void validator_hasTheRoomOfItsLevel_andNoMore() throws Exception {
    long most = 5 * MIB / 2;
    MachineSpec tooLarge = spec(Vmpl.VMPL0, most + 1);
    try (Kvm kvm = Kvm.open()) {
      new Machine(kvm, spec(Vmpl.VMPL0, most)).close();

      assertThrows(PayloadsTooLargeException.class, () -> new Machine(kvm, tooLarge).close());
    }
  }
}
