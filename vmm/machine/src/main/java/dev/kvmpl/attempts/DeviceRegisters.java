// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import java.util.HashMap;
import java.util.Map;

/**
 * The device that is behind a machine's ports and MSRs: a bank of registers. A port is a byte, an
 * MSR 8 bytes; reads give back what was written, zero before. Used under the machine's lock.
 */
final class DeviceRegisters {
  private static final int PORT_MASK = 0xffff;

  private final Map<Integer, Byte> ports = new HashMap<>();
  private final Map<Integer, Long> msrs = new HashMap<>();

  int readPort(int port, int bytes) {
    int value = 0;
    for (int i = 0; i < bytes; i++) {
      byte at = ports.getOrDefault((port + i) & PORT_MASK, (byte) 0);
      value |= Byte.toUnsignedInt(at) << (i * Byte.SIZE);
    }
    return value;
  }

  void writePort(int port, int bytes, int value) {
    for (int i = 0; i < bytes; i++) {
      ports.put((port + i) & PORT_MASK, (byte) (value >>> (i * Byte.SIZE)));
    }
  }

  long readMsr(int msr) {
    return msrs.getOrDefault(msr, 0L);
  }

  void writeMsr(int msr, long value) {
    msrs.put(msr, value);
  }
}
