// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.memory.GuestMemory;
import java.util.HexFormat;
import java.util.Locale;

/** Where a vCPU was when its machine failed: instruction bytes and registers. */
final class FailureReport {
  private static final int INSTRUCTION_MAX = 15;

  private FailureReport() {}

  /** To be appended to a message; says so if the vCPU cannot tell. */
  static String of(GuestMemory memory, LevelVcpu vcpu) {
    try {
      return String.format(
          Locale.ROOT, "; at %s; %s", place(memory, vcpu), vcpu.vcpu().registers());
    } catch (SyscallException e) {
      return "; no registers (" + e.getMessage() + ")";
    }
  }

  /** RIP and what is there. */
  static String place(GuestMemory memory, LevelVcpu vcpu) {
    long rip = vcpu.vcpu().registers().rip();
    return String.format(Locale.ROOT, "rip %#x: %s", rip, instruction(memory, vcpu, rip));
  }

  private static String instruction(GuestMemory memory, LevelVcpu vcpu, long rip) {
    long gpa = vcpu.vcpu().translate(rip);
    if (gpa == Vcpu.UNMAPPED || !memory.contains(gpa, INSTRUCTION_MAX)) {
      return "(not in memory)";
    }
    return HexFormat.ofDelimiter(" ").formatHex(memory.read(gpa, INSTRUCTION_MAX));
  }
}
