// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.vmpl.Rmp;
import java.util.List;

/**
 * A machine that is about to run, for those who watch it.
 *
 * @param memory to be read, as long as the machine is not closed
 * @param rmp the permissions database, to be read in an {@link Observer}'s methods only
 * @param vcpus all of them
 * @param resume lets a paused machine go on; may be called from any thread
 */
public record LaunchedMachine(
    GuestMemory memory, Rmp rmp, List<WatchedVcpu> vcpus, Runnable resume) {
  /** A machine with its vCPUs. */
  public LaunchedMachine {
    vcpus = List.copyOf(vcpus);
  }
}
