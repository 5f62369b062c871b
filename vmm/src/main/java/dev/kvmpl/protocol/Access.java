// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import java.util.Optional;

/** What a driver attempts: the operations that a level's permissions can prohibit. */
public enum Access {
  WRITE("write", Abi.KVMPL_ACCESS_WRITE()),
  READ("read", Abi.KVMPL_ACCESS_READ()),
  EXECUTE("execute", Abi.KVMPL_ACCESS_EXECUTE());

  private static final Access[] ACCESSES = values();

  private final String label;
  private final int number;

  Access(String label, int number) {
    this.label = label;
    this.number = number;
  }

  /** The name in documents. */
  public String label() {
    return label;
  }

  /** The number by which guests know it. */
  public int number() {
    return number;
  }

  /** The access of that number; {@link #WRITE} for nonsense, which a guest may record. */
  public static Access of(int number) {
    return number >= 0 && number < ACCESSES.length ? ACCESSES[number] : WRITE;
  }

  /** The access of that {@link #label}. */
  public static Optional<Access> byLabel(String label) {
    for (Access access : ACCESSES) {
      if (access.label.equals(label)) {
        return Optional.of(access);
      }
    }
    return Optional.empty();
  }
}
