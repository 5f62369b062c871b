// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import dev.kvmpl.bindings.Syscalls;
import java.util.concurrent.atomic.AtomicBoolean;

/** An open file descriptor, closed once. A closed one refuses to tell its number. */
final class FileDescriptor implements AutoCloseable {
  private final int number;
  private final String of;
  private final AtomicBoolean closed = new AtomicBoolean();

  FileDescriptor(int number, String of) {
    this.number = number;
    this.of = of;
  }

  /**
   * The descriptor's number.
   *
   * @throws IllegalStateException once closed: the number may already be somebody else's
   */
  int number() {
    if (closed.getPlain()) {
      throw new IllegalStateException(of + " is closed");
    }
    return number;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      Syscalls.close(number);
    }
  }
}
