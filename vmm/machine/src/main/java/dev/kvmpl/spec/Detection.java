// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import dev.kvmpl.bindings.abi.Abi;

/** How it is detected that a driver attempts what its level prohibits. */
public enum Detection {
  /** The access is an exit to the hypervisor, which launches VMPL0. */
  TRAP("trap", Abi.KVMPL_DETECTION_TRAP()),
  /** The exit is reflected into the guest kernel, which asks for VMPL0. */
  REFLECT("reflect", Abi.KVMPL_DETECTION_REFLECT()),
  /** The guest kernel's page tables prohibit it too: it takes the fault and asks for VMPL0. */
  FAULT("fault", Abi.KVMPL_DETECTION_FAULT());

  private final String label;

  private final int number;

  Detection(String label, int number) {
    this.label = label;
    this.number = number;
  }

  /** The number by which guests know it. */
  public int number() {
    return number;
  }

  /** The name in documents. */
  public String label() {
    return label;
  }
}
