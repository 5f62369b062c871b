// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.devices;

/** What devices can do to the whole machine. */
public interface PowerButton {
  /** The guest wants to be switched off. */
  void powerOff();

  /** The guest wants to start anew. */
  void reset();
}
