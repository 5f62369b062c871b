// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.launch;

import dev.kvmpl.drivers.Drivers;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.LoadedImage;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.vmpl.Rmp;
import java.util.List;

/**
 * What runs at VMPL1 and starts the drivers: how it gets into memory and how it boots. In memory
 * once it is made.
 */
sealed interface GuestKernel permits PayloadKernel {
  /** Its drivers in memory, in their order. */
  List<Drivers.Loaded> drivers();

  /** What of it and its drivers is in memory. */
  List<LoadedImage> images();

  /** What each driver returned, in the order of the drivers. */
  List<Long> status(GuestMemory memory);

  /** Gives the levels below VMPL0 what they may do at launch. */
  void assignPermissions(Rmp rmp);

  /** Once the levels' page tables are in memory: whether they allow what the permissions do. */
  void restrictTables(GuestMemory memory);

  /** Prepares the vCPU on which it starts. */
  void boot(GuestMemory memory, LevelVcpu vcpu);
}
