// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.exit;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_run;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.Objects;

/** What a run area says of an error of KVM's own, which is different for each kind. */
final class ErrorFields {
  private static final long UNION = kvm_run.internal$offset();
  private static final long SUBERROR = UNION + kvm_run.internal.suberror$offset();
  private static final long DATA = UNION + kvm_run.internal.data$offset();
  private static final long FLAGS = UNION + kvm_run.emulation_failure.flags$offset();
  private static final long WORDS = UNION + kvm_run.emulation_failure.ndata$offset();
  private static final long INSTRUCTION_SIZE = UNION + kvm_run.emulation_failure.insn_size$offset();
  private static final long INSTRUCTION = UNION + kvm_run.emulation_failure.insn_bytes$offset();
  private static final int INSTRUCTION_MAX = 15;
  private static final int WORDS_MAX = 16;

  // Of DELIVERY_EV: info or event, hardware's exit reason, how, gpa, CPU. Only where the gpa is
  // there are these five.
  private static final int DELIVERY_WORDS = 5;
  private static final long DELIVERY_HOW = DATA + 2 * Long.BYTES;
  private static final long DELIVERY_GPA = DATA + 3 * Long.BYTES;
  // The same bit in SVM's nested page fault (AMD manual volume 2, 15.25.6) and in VMX's EPT
  // violation (Intel SDM volume 3, 28.2.1).
  private static final long HOW_WRITE = 1 << 1;

  private ErrorFields() {}

  static int suberror(MemorySegment run) {
    return run.get(JAVA_INT, SUBERROR);
  }

  static int words(MemorySegment run) {
    return Math.clamp(run.get(JAVA_INT, WORDS), 0, WORDS_MAX);
  }

  static long word(MemorySegment run, int index) {
    return run.get(JAVA_LONG, DATA + (long) Objects.checkIndex(index, words(run)) * Long.BYTES);
  }

  /** Of an event's delivery: where the access was. */
  static long deliveryGpa(MemorySegment run) {
    return words(run) >= DELIVERY_WORDS
        ? run.get(JAVA_LONG, DELIVERY_GPA)
        : InternalErrorView.UNKNOWN;
  }

  /** Of an event's delivery that says where. */
  static boolean deliveryWrites(MemorySegment run) {
    return (run.get(JAVA_LONG, DELIVERY_HOW) & HOW_WRITE) != 0;
  }

  /** Of a failed emulation. Does not allocate. */
  static boolean instructionStartsWith(MemorySegment run, byte[] opcode) {
    if (instructionSize(run) < opcode.length) {
      return false;
    }
    for (int i = 0; i < opcode.length; i++) {
      if (run.get(JAVA_BYTE, INSTRUCTION + i) != opcode[i]) {
        return false;
      }
    }
    return true;
  }

  /** Of a failed emulation, in hex; empty if KVM does not tell. */
  static String instruction(MemorySegment run) {
    byte[] bytes = run.asSlice(INSTRUCTION, instructionSize(run)).toArray(JAVA_BYTE);
    return HexFormat.ofDelimiter(" ").formatHex(bytes);
  }

  private static int instructionSize(MemorySegment run) {
    boolean has =
        words(run) >= 1
            && (run.get(JAVA_LONG, FLAGS)
                    & Kvm.KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES())
                != 0;
    return has ? Math.min(run.get(JAVA_BYTE, INSTRUCTION_SIZE), INSTRUCTION_MAX) : 0;
  }
}
