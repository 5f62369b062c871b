// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.kvmpl_rmp;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.vmpl.RmpMirror;

/**
 * What the permissions database says of each page, where VMPL0 can read it: RMPQUERY, which costs a
 * CPU nothing, would be an exit. Only the hypervisor writes it, and nobody believes what is there
 * but VMPL0.
 *
 * @param memory the machine's
 * @param gpa where it is, guest-physical
 */
public record RmpCopy(GuestMemory memory, long gpa) implements RmpMirror {
  @Override
  public void changed(int page, int permissions) {
    memory.putShort(
        gpa + kvmpl_rmp.permissions$offset() + (long) page * Short.BYTES, (short) permissions);
  }
}
