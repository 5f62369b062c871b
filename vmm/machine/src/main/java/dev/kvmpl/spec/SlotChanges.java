// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

/**
 * Where permissions are changed. KVM waits for a grace period of SRCU in each change of a slot, and
 * the kernel ends those on the CPU that has booted the host: a thread there waits microseconds, one
 * elsewhere a hundred times as long.
 */
public enum SlotChanges {
  /** VMPL0's vCPUs run on the boot CPU, if the host lets them: RMPADJUST is theirs. */
  BOOT_CPU("boot-cpu"),
  /** All threads run wherever the host has them run. */
  ANY_CPU("any-cpu");

  private final String label;

  SlotChanges(String label) {
    this.label = label;
  }

  /** The name in documents. */
  public String label() {
    return label;
  }
}
