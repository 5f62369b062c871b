// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RamDiskTest {
  private static final byte[] BUSYBOX = {'b'};
  private static final byte[] AGENT = {'a'};

  private static String text(InitialRamDisk disk) {
    return new String(disk.bytes(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void ownDisk_protectsWhenItIsAsked_andHasModulesInTheirPlaces() {
    String plain = text(RamDisk.withBusybox(BUSYBOX, AGENT).archive());
    String protects =
        text(
            RamDisk.withBusybox(BUSYBOX, AGENT)
                .protect()
                .module("kvmpl.ko", new byte[1])
                .module("disk.ko", new byte[1])
                .run("ls /")
                .archive());

    assertFalse(plain.contains("kvmpl/protect\0"));
    assertFalse(plain.contains("kvmpl/run\0"));
    assertTrue(protects.contains("kvmpl/protect\0"));
    assertTrue(protects.contains("kvmpl/kvmpl.ko\0"));
    assertTrue(protects.contains("modules/disk.ko\0"));
    assertTrue(protects.contains("ls /\n"));
  }

  @Test
  void agent_comesBeforeSomebodyElsesDisk() {
    InitialRamDisk both =
        RamDisk.ofAgent(BUSYBOX, AGENT).before(new InitialRamDisk(new byte[] {1, 2, 3}));

    assertTrue(text(both).contains("kvmpl/init\0"));
    assertTrue(text(both).endsWith("\u0001\u0002\u0003"));
    assertEquals(3, both.bytes().length % 4); // where the other starts is aligned
  }
}
