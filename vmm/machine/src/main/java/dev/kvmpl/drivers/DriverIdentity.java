// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.drivers;

import dev.kvmpl.processors.LevelVcpu;

/**
 * Whose an attempt is. Here a driver has a vCPU ({@link Drivers}); where drivers are modules of a
 * kernel, all on its vCPUs, the instruction's address could tell.
 */
@FunctionalInterface
public interface DriverIdentity {
  /** The driver that the vCPU executes for now; {@link Association#NONE} for none. */
  int driverOf(LevelVcpu vcpu);
}
