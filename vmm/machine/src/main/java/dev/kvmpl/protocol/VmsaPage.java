// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.vmsa;
import dev.kvmpl.memory.GuestMemory;

/** A VMSA page in a vCPU request: the state in which the driver shall start. */
public record VmsaPage(int vmpl, int cpl, long cr3, long rip, long rsp, long rdi, long rflags) {
  /** Reads each field once: the level that wrote the page may change it at any time. */
  public static VmsaPage read(GuestMemory memory, long gpa) {
    return new VmsaPage(
        Byte.toUnsignedInt(memory.read(gpa + vmsa.vmpl$offset(), 1)[0]),
        Byte.toUnsignedInt(memory.read(gpa + vmsa.cpl$offset(), 1)[0]),
        memory.getLong(gpa + vmsa.cr3$offset()),
        memory.getLong(gpa + vmsa.rip$offset()),
        memory.getLong(gpa + vmsa.rsp$offset()),
        memory.getLong(gpa + vmsa.rdi$offset()),
        memory.getLong(gpa + vmsa.rflags$offset()));
  }
}
