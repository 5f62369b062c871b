// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.protocol.VmsaPage;
import org.junit.jupiter.api.Test;

/** Offsets are those of the published VMSA (AMD manual volume 2, table B-4). */
class VmsaPageTest {
  @Test
  void vmsa_isReadFromThePublishedPlaces() {
    try (GuestMemory memory = GuestMemory.allocate(0x2000)) {
      memory.store(0x10ca, 1, 0xfe);
      memory.store(0x10cb, 1, 3);
      memory.putLong(0x1150, 0x4455000);
      memory.putLong(0x1170, 0x202);
      memory.putLong(0x1178, 0x1122334455667788L);
      memory.putLong(0x11d8, 0x2233);
      memory.putLong(0x1338, 0x3344);

      VmsaPage vmsa = VmsaPage.read(memory, 0x1000);

      assertEquals(
          new VmsaPage(0xfe, 3, 0x4455000, 0x1122334455667788L, 0x2233, 0x3344, 0x202), vmsa);
    }
  }
}
