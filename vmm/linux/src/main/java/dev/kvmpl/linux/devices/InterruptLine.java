// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.devices;

/** A device's wire to the interrupt controller. */
@FunctionalInterface
public interface InterruptLine {
  /** Raises or lowers it. */
  void set(boolean high);
}
