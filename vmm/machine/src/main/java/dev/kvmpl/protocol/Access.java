// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a driver attempts: the operations on memory that a level's permissions can prohibit, and
 * those on ports and MSRs that make an exit.
 */
public enum Access {
  WRITE("write", Abi.KVMPL_ACCESS_WRITE()),
  READ("read", Abi.KVMPL_ACCESS_READ()),
  EXECUTE("execute", Abi.KVMPL_ACCESS_EXECUTE()),
  PORT_READ("port-read", Abi.KVMPL_ACCESS_PORT_READ()),
  PORT_WRITE("port-write", Abi.KVMPL_ACCESS_PORT_WRITE()),
  MSR_READ("msr-read", Abi.KVMPL_ACCESS_MSR_READ()),
  MSR_WRITE("msr-write", Abi.KVMPL_ACCESS_MSR_WRITE());

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

  /** Whether it is about memory, and not about a port or an MSR. */
  public boolean isOfMemory() {
    return this == WRITE || this == READ || this == EXECUTE;
  }

  /** Those about memory. */
  public static List<Access> ofMemory() {
    return Arrays.stream(ACCESSES).filter(Access::isOfMemory).toList();
  }

  /** Whether it is about a port. */
  public boolean isOfPort() {
    return this == PORT_READ || this == PORT_WRITE;
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
