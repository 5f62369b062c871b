// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import java.util.List;

/** How the vCPUs of one processor take turns: what a switch of levels costs. */
public interface HandOver {
  /** In place of a level's number. */
  int NOBODY = -1;

  /** The level whose vCPU runs or is about to, or {@link #NOBODY}. */
  int turn();

  /**
   * The level whose vCPU runs next, or {@link #NOBODY}. To be called under the machine's lock. Does
   * not allocate.
   */
  void pass(int level);

  /**
   * Starts what runs the vCPUs.
   *
   * @param vcpus of one processor, each of another level
   * @param ended runs when a thread ends, which says that the machine has
   */
  void start(List<LevelVcpu> vcpus, ExitHandler handler, Runnable ended);

  /** No vCPU enters the guest any more. May be called from any thread. */
  void end();

  /** Waits until nothing runs the vCPUs any more, wherever their guests are. After {@link #end}. */
  void stop();
}
