// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_run;
import dev.kvmpl.kvm.exit.VcpuExit.KvmInternalError;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What KVM says of an error of its own, from run areas as it leaves them. */
class InternalErrorTest {
  private static final long GPA = 0x1007f8;

  /** An exit with this suberror and these words of data. */
  private static KvmInternalError error(int suberror, long... data) {
    MemorySegment run = kvm_run.allocate(Arena.ofAuto());
    long at = kvm_run.internal$offset();
    run.set(JAVA_INT, at + kvm_run.internal.suberror$offset(), suberror);
    run.set(JAVA_INT, at + kvm_run.internal.ndata$offset(), data.length);
    for (int i = 0; i < data.length; i++) {
      run.set(JAVA_LONG, at + kvm_run.internal.data$offset() + (long) i * Long.BYTES, data[i]);
    }
    return new KvmInternalError(run);
  }

  @ParameterizedTest
  @CsvSource({"1, EMULATION", "2, SIMUL_EX", "3, DELIVERY_EV", "4, UNEXPECTED_EXIT_REASON"})
  void suberror_hasTheNameOfTheApiDocument(int suberror, String name)
      throws ReflectiveOperationException {
    KvmInternalError error = error(suberror);

    assertEquals(name, error.suberrorName());
    assertEquals("suberror %d, %s".formatted(suberror, name), error.toString());
    assertEquals(suberror, Kvm.class.getMethod("KVM_INTERNAL_ERROR_" + name).invoke(null));
  }

  @Test
  void suberrorOfAnotherTime_isUnknown() {
    assertEquals("suberror 9, UNKNOWN", error(9).toString());
  }

  @Test
  void emulation_saysTheInstruction() {
    // flags: the instruction's bytes are there; their number, then the bytes
    KvmInternalError error = error(1, 1, 0x07ae0f03L);

    assertTrue(error.isEmulation());
    assertEquals("suberror 1, EMULATION: KVM cannot emulate 0f ae 07", error.toString());
  }

  /** On kvm_amd: EXITINFO2, VMEXIT_NPF, the error code, the gpa, the CPU. */
  @ParameterizedTest
  @CsvSource({"0x100000006, true, writes", "0x100000004, false, reads"})
  void deliveryOnAmd_saysTheAccess(String errorCode, boolean write, String what) {
    KvmInternalError error = error(3, GPA, 0x400, Long.decode(errorCode), GPA, 0);

    assertTrue(error.isEventDelivery());
    assertEquals(GPA, error.gpa());
    assertEquals(write, error.isWrite());
    assertEquals(
        "suberror 3, DELIVERY_EV: an event's delivery " + what + " gpa 0x1007f8", error.toString());
  }

  /** On kvm_intel: the event, EPT violation, its qualification, the gpa, the CPU. */
  @ParameterizedTest
  @CsvSource({"0x182, true", "0x181, false"})
  void deliveryOnIntel_saysTheAccess(String qualification, boolean write) {
    KvmInternalError error = error(3, 0x80000306L, 48, Long.decode(qualification), GPA, 0);

    assertEquals(GPA, error.gpa());
    assertEquals(write, error.isWrite());
  }

  @Test
  void deliveryWithoutAnAddress_saysNone() {
    KvmInternalError error = error(3, 0x80000306L, 48, 0x182, 0);

    assertEquals(KvmInternalError.UNKNOWN, error.gpa());
    assertFalse(error.isWrite());
    assertEquals("suberror 3, DELIVERY_EV", error.toString());
  }
}
