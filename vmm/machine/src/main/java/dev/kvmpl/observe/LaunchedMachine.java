// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.vmpl.Rmp;
import java.util.List;

/**
 * A machine that is about to run, for those who watch it.
 *
 * @param launchNs when it was launched, as {@link System#nanoTime} counts
 * @param memory to be read, as long as the machine is not closed
 * @param rmp the permissions database, to be read in an {@link Observer}'s methods only
 * @param vcpus all of them
 * @param images the payloads in memory
 * @param pause pauses the machine as {@link Observer.Reply#PAUSE} does; may be called from any
 *     thread
 * @param resume lets a paused machine go on; may be called from any thread
 */
public record LaunchedMachine(
    long launchNs,
    GuestMemory memory,
    Rmp rmp,
    List<WatchedVcpu> vcpus,
    List<LoadedImage> images,
    Runnable pause,
    Runnable resume) {
  /** A machine with its vCPUs and what is in its memory. */
  public LaunchedMachine {
    vcpus = List.copyOf(vcpus);
    images = List.copyOf(images);
  }
}
