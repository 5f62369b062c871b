// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_codebase;
import dev.kvmpl.bindings.abi.kvmpl_codebase_range;
import dev.kvmpl.bindings.abi.kvmpl_codebases;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.CodebaseTable;
import dev.kvmpl.protocol.CodebaseTable.Decides;
import dev.kvmpl.protocol.CodebaseTable.Entry;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CodebaseTableTest {
  private static final long TABLE = Abi.KVMPL_VMPL0_BASE();
  private static final long IMAGE = TABLE + 0x100000;

  private final GuestMemory memory = GuestMemory.allocate(Abi.KVMPL_KERNEL_MEMORY_BASE());

  @AfterEach
  void close() {
    memory.close();
  }

  /** SHA-384 of "abc", as FIPS 180's examples have it. */
  @Test
  void codebase_isWrittenWithItsMeasurement() {
    memory.write(IMAGE, "abcd".getBytes(StandardCharsets.US_ASCII));

    CodebaseTable.write(memory, TABLE, List.of(new Entry(7, IMAGE, 3, IMAGE + 2)), List.of());

    long at = TABLE + kvmpl_codebases.entries$offset();
    assertEquals(1, memory.getLong(TABLE + kvmpl_codebases.count$offset()));
    assertEquals(7, memory.getLong(at + kvmpl_codebase.id$offset()));
    assertEquals(IMAGE, memory.getLong(at + kvmpl_codebase.image$offset()));
    assertEquals(3, memory.getLong(at + kvmpl_codebase.size$offset()));
    assertEquals(IMAGE + 2, memory.getLong(at + kvmpl_codebase.entry$offset()));
    assertArrayEquals(
        HexFormat.of()
            .parseHex(
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                    + "8086072ba1e7cc2358baeca134c825a7"),
        memory.read(at + kvmpl_codebase.measurement$offset(), 48));
  }

  @Test
  void ranges_areWrittenByStart() {
    CodebaseTable.write(
        memory,
        TABLE,
        List.of(),
        List.of(
            new Decides(new PageRange(0x1002000, 0x1003000), 1),
            new Decides(new PageRange(0x1000000, 0x1002000), 2)));

    long at = TABLE + kvmpl_codebases.ranges$offset();
    assertEquals(2, memory.getLong(TABLE + kvmpl_codebases.range_count$offset()));
    assertEquals(0x1000000, memory.getLong(at + kvmpl_codebase_range.start$offset()));
    assertEquals(0x1002000, memory.getLong(at + kvmpl_codebase_range.end$offset()));
    assertEquals(2, memory.getLong(at + kvmpl_codebase_range.codebase$offset()));
    assertEquals(1, memory.getLong(at + kvmpl_codebase_range.sizeof() + 16));
  }

  @Test
  void moreThanThereIsRoomFor_isRefused() {
    assertEquals(
        "17 codebases, allowed are 16",
        assertThrows(IllegalArgumentException.class, () -> CodebaseTable.checkRoom(17, 0))
            .getMessage());
    assertEquals(
        "codebases with 1025 ranges, allowed are 1024",
        assertThrows(IllegalArgumentException.class, () -> CodebaseTable.checkRoom(1, 1025))
            .getMessage());
  }
}
