// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol.stores;

import dev.kvmpl.bindings.abi.Abi;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** What becomes of a store to closed memory of a kernel whose drivers are its own code. */
public enum StoreAnswer {
  /** It is stored, and the page stays closed. */
  STORE("store", Abi.KVMPL_STORE_ONCE()),
  /** It is stored, and the page is open from now on: nothing in it is judged any more. */
  OPEN("open", Abi.KVMPL_STORE_OPEN()),
  /** Refused: whoever stored goes on as if it had been done. */
  DROP("drop", Abi.KVMPL_STORE_DROP()),
  /** Refused by a general protection exception. */
  GP("gp", Abi.KVMPL_STORE_GP()),
  /** Refused by a page fault. */
  PF("pf", Abi.KVMPL_STORE_PF());

  private final String label;
  private final int number;

  StoreAnswer(String label, int number) {
    this.label = label;
    this.number = number;
  }

  /** The name in documents. */
  public String label() {
    return label;
  }

  /** The number in VMPL0's answer. */
  public int number() {
    return number;
  }

  /** Whether it is stored. */
  public boolean stores() {
    return this == STORE || this == OPEN;
  }

  /** The answer of that {@link #number}; one that means nothing is a refusal. */
  public static StoreAnswer of(long number) {
    return Arrays.stream(values()).filter(a -> a.number == number).findFirst().orElse(GP);
  }

  /** The answer of that {@link #label}. */
  public static Optional<StoreAnswer> byLabel(String label) {
    return Arrays.stream(values()).filter(answer -> answer.label.equals(label)).findFirst();
  }

  /** Every label, for people. */
  public static String labels() {
    return Arrays.stream(values()).map(StoreAnswer::label).collect(Collectors.joining(", "));
  }
}
