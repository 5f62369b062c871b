// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.exit;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/** An access to an MSR, in a run area. */
abstract class MsrView extends RunView {
  MsrView(MemorySegment run, String name) {
    super(run, name);
  }

  /** Which MSR. */
  public int index() {
    return run.get(JAVA_INT, VcpuExits.MSR_INDEX);
  }

  /** KVM_MSR_EXIT_REASON_...: filtered, unknown to KVM, or not a value that it takes. */
  public int reason() {
    return run.get(JAVA_INT, VcpuExits.MSR_REASON);
  }

  /** The guest gets #GP(0) instead. */
  public void refuse() {
    run.set(JAVA_BYTE, VcpuExits.MSR_ERROR, (byte) 1);
  }
}
