// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.memory.GuestMemory;
import java.util.HexFormat;
import java.util.Locale;

/** Where a vCPU was when its machine failed: instruction bytes and registers. */
public final class FailureReport {
  private static final int INSTRUCTION_MAX = 15;

  private FailureReport() {}

  /** To be appended to a message; says so if the vCPU cannot tell. */
  public static String of(GuestMemory memory, LevelVcpu vcpu) {
    try {
      return String.format(Locale.ROOT, "; at %s; %s", place(memory, vcpu), vcpu.cpu().registers());
    } catch (SyscallException e) {
      return "; no registers (" + e.getMessage() + ")";
    }
  }

  /** RIP and what is there. */
  public static String place(GuestMemory memory, LevelVcpu vcpu) {
    long rip = vcpu.cpu().registers().rip();
    return String.format(Locale.ROOT, "rip %#x: %s", rip, instruction(memory, vcpu, rip));
  }

  private static String instruction(GuestMemory memory, LevelVcpu vcpu, long rip) {
    long gpa = vcpu.cpu().translate(rip);
    if (gpa == GuestCpu.UNMAPPED || !memory.contains(gpa, INSTRUCTION_MAX)) {
      return "(not in memory)";
    }
    return HexFormat.ofDelimiter(" ").formatHex(memory.read(gpa, INSTRUCTION_MAX));
  }
}
