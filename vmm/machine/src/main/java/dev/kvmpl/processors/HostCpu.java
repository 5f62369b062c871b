// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.bindings.Affinity;

/**
 * Where on the host a thread is to run. A wish: where the host, or whoever started the process,
 * does not let it, everything works as it should, only slower.
 */
enum HostCpu {
  /** Where KVM waits least for a change of a slot. */
  BOOT {
    @Override
    void choose() {
      Affinity.bindTo(BOOT_CPU);
    }
  },

  /**
   * Beside a thread on the boot CPU, whose turn would come only after this one has done spinning.
   */
  OTHER {
    @Override
    void choose() {
      Affinity.avoid(BOOT_CPU);
    }
  },

  /** Wherever the scheduler thinks fit. */
  ANY {
    @Override
    void choose() {}
  };

  private static final int BOOT_CPU = 0; // on x86, Documentation/core-api/cpu_hotplug.rst

  /** Has the calling thread run there from now on. */
  abstract void choose();
}
