// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import dev.kvmpl.kvm.fd.Closing;
import dev.kvmpl.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory that a VM's guests may reach. KVM's VM lives until its last descriptor is closed, that
 * of a vCPU too, so until then the memory has to stay where it is. May be used from any thread.
 */
final class Reach implements AutoCloseable {
  private final List<GuestMemory> memories = new ArrayList<>();
  private int handles = 1;

  /** Keeps a memory mapped. Allocates for each only the first time. */
  synchronized void add(GuestMemory memory) {
    for (int i = 0; i < memories.size(); i++) {
      if (memories.get(i) == memory) {
        return;
      }
    }
    memory.retain();
    memories.add(memory);
  }

  /** One more descriptor, to be {@link #close}d too. */
  synchronized Reach share() {
    handles++;
    return this;
  }

  /** One descriptor less; after the last one the memory is no longer kept. */
  @Override
  public synchronized void close() {
    if (--handles == 0) {
      Closing.all(memories.stream().<AutoCloseable>map(memory -> memory::release).toList());
      memories.clear();
    }
  }
}
