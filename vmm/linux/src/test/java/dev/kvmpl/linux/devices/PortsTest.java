// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.devices;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PortsTest {
  private final Ports ports = new Ports();
  private final List<String> accesses = new ArrayList<>();
  private final PortDevice device =
      new PortDevice() {
        @Override
        public int read(int port) {
          return port & 0xff;
        }

        @Override
        public void write(int port, int value) {
          accesses.add(port + "=" + value);
        }
      };

  @Test
  void wideAccess_isOneToEachByte() {
    ports.add(device, 0x80, 4);

    assertEquals(0x83828180, ports.read(0x80, 4));
    ports.write(0x81, 2, 0x0201);

    assertEquals(List.of("129=1", "130=2"), accesses);
  }

  @Test
  void portWithoutADevice_readsOnes_andIsCounted() {
    ports.add(device, 0x80, 1);

    assertEquals(0xffff, ports.read(0xcf8, 2));
    ports.write(0xcf8, 1, 0);
    ports.read(0x80, 1);

    assertEquals(Map.of(0xcf8, 2L), ports.unknown());
  }

  @Test
  void lastPort_isFollowedByTheFirst() {
    ports.add(device, 0, 1);

    assertEquals(0x00ff, ports.read(0xffff, 2));
  }

  @Test
  void secondDeviceAtAPort_isRefused() {
    ports.add(device, 0x80, 4);

    assertThrows(IllegalArgumentException.class, () -> ports.add(device, 0x83, 1));
  }
}
