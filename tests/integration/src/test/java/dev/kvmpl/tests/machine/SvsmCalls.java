// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import dev.kvmpl.bindings.abi.kvmpl_driver;
import java.util.ArrayList;
import java.util.List;

/** What a driver that makes SVSM calls is told, and where it leaves the answers. */
final class SvsmCalls {
  /** kvmpl's own protocol, in RAX. */
  static final long KVMPL = 0x6b766dL << 32;

  /** Memory of VMPL1's in which nothing else is. */
  static final long SCRATCH = 0x3f0000;

  /** Where the answers are: the arguments of the second driver of VMPL1. */
  static final long ANSWERS = 0x30000 + kvmpl_driver.sizeof() + kvmpl_driver.arguments$offset();

  private SvsmCalls() {}

  /** A call: RAX, RCX, RDX, R8. */
  static Long[] calls(long... registers) {
    List<Long> arguments = new ArrayList<>();
    for (int i = 0; i < registers.length; i += 4) {
      arguments.addAll(
          List.of(registers[i], registers[i + 1], registers[i + 2], registers[i + 3], 1L));
    }
    return arguments.toArray(Long[]::new);
  }
}
