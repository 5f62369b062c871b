// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

/** What a processor does once VMPL0 has answered. */
public sealed interface Turn {
  /** The vCPU runs: {@link LevelVcpu#turn}, so that an answer allocates nothing. */
  record Of(LevelVcpu vcpu) implements Turn {}

  /** Nothing runs there until the guest kernel starts something. */
  record Nobodys() implements Turn {}

  /** The machine cannot go on: VMPL0 has not done what it has to. */
  record Failed(String reason) implements Turn {}
}
