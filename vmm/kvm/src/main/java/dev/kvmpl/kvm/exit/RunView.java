// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.exit;

import java.lang.foreign.MemorySegment;

/** An exit, and the run area that has more of it. */
abstract class RunView {
  final MemorySegment run;
  private final String name;

  /** One that has nothing more to say. */
  RunView(String name) {
    this(MemorySegment.NULL, name);
  }

  RunView(MemorySegment run, String name) {
    this.run = run;
    this.name = name;
  }

  public String name() {
    return name;
  }

  @Override
  public String toString() {
    return name;
  }
}
