// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.memory.GuestMemory;
import org.jspecify.annotations.Nullable;

/** To be written. */
final class Straddle {
  private Straddle() {}

  static @Nullable String check(GuestMemory memory, Vcpu vcpu, long gpa, int length) {
    return null;
  }
}
