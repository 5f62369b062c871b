// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.devices;

/**
 * A device behind ports, which are bytes: wider accesses are several in a row. Belongs to the
 * machine's lock. None writes guest memory by itself.
 */
public interface PortDevice {
  /** What an {@code in} reads: 0 to 255. */
  int read(int port);

  /** What an {@code out} does, with 0 to 255. */
  void write(int port, int value);
}
