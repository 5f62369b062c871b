// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.vmpl.Vmpl;
import java.util.List;

/**
 * The processors of a guest.
 *
 * @param all by their APIC ids
 */
public record Processors(List<Processor> all) {
  /** Processors with their vCPUs. */
  public Processors {
    all = List.copyOf(all);
  }

  /** The first one: where the guest kernel is, and where VMPL0 runs before all else. */
  public Processor boots() {
    return all.getFirst();
  }

  /** The vCPU on which the guest kernel runs. */
  public LevelVcpu kernel() {
    return boots().vcpuOf(Vmpl.VMPL1);
  }

  /** The vCPU that runs first in a machine: as under SNP, nothing does before VMPL0 is ready. */
  public LevelVcpu launched() {
    return boots().vcpuOf(Vmpl.VMPL0);
  }

  /** How many there are. */
  public int count() {
    return all.size();
  }

  /** The one with that APIC id. */
  public Processor get(int apicId) {
    return all.get(apicId);
  }

  /** Every vCPU. */
  public List<LevelVcpu> vcpus() {
    return all.stream().flatMap(processor -> processor.vcpus().stream()).toList();
  }

  /** Whether any other than the first runs something. */
  public boolean areOthersBusy() {
    for (Processor processor : all) {
      if (processor != boots() && !processor.isIdle()) {
        return true;
      }
    }
    return false;
  }
}
