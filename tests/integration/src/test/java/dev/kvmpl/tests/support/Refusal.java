// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.bindings.Errno;
import dev.kvmpl.bindings.SyscallException;
import org.junit.jupiter.api.function.Executable;

/** What KVM answers where a host does not offer something. */
public final class Refusal {
  private Refusal() {}

  /** The name of the error that it fails with; what does not fail is a failure. */
  public static String of(Executable asked) {
    return Errno.name(assertThrows(SyscallException.class, asked).errno());
  }
}
