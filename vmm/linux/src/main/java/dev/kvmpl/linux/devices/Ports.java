// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.devices;

import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All ports of a machine. Where there is no device a read has all bits set and a write does
 * nothing, as on a PC; both are counted. Belongs to the machine's lock.
 */
public final class Ports {
  private static final int COUNT = 1 << 16;
  private static final int NOTHING = 0xff;

  private final @Nullable PortDevice[] devices = new @Nullable PortDevice[COUNT];
  private final SortedMap<Integer, long[]> unknown = new TreeMap<>();

  /** No device yet. */
  public Ports() {}

  /**
   * Puts a device at {@code count} ports.
   *
   * @throws IllegalArgumentException if one of them has another already
   */
  public void add(PortDevice device, int first, int count) {
    for (int port = first; port < first + count; port++) {
      if (devices[port] != null) {
        throw new IllegalArgumentException("two devices at port " + port);
      }
      devices[port] = device;
    }
  }

  /**
   * An {@code in}.
   *
   * @param size bytes: 1, 2 or 4
   */
  public int read(int port, int size) {
    int value = 0;
    for (int i = 0; i < size; i++) {
      PortDevice device = devices[(port + i) & (COUNT - 1)];
      int part = device == null ? NOTHING : device.read(port + i) & 0xff;
      value |= part << (i * Byte.SIZE);
    }
    count(port);
    return value;
  }

  /**
   * An {@code out}.
   *
   * @param size bytes: 1, 2 or 4
   */
  public void write(int port, int size, int value) {
    for (int i = 0; i < size; i++) {
      PortDevice device = devices[(port + i) & (COUNT - 1)];
      if (device != null) {
        device.write(port + i, value >>> (i * Byte.SIZE) & 0xff);
      }
    }
    count(port);
  }

  private void count(int port) {
    if (devices[port] == null) {
      unknown.computeIfAbsent(port, ignored -> new long[1])[0]++;
    }
  }

  /** How often ports without a device were read or written, by port. */
  public SortedMap<Integer, Long> unknown() {
    SortedMap<Integer, Long> counts = new TreeMap<>();
    unknown.forEach((port, count) -> counts.put(port, count[0]));
    return counts;
  }
}
