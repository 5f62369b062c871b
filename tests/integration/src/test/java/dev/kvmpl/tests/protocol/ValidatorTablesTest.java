// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_ownership_map;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.tables.ValidatorTables;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValidatorTablesTest {
  private static final long MAP = Abi.KVMPL_OWNERSHIP_GPA();
  private static final Ownership LOW = new Ownership(new PageRange(0x1100000, 0x1101000), 2);
  private static final Ownership HIGH = new Ownership(new PageRange(0x1200000, 0x1210000), 1);

  private final GuestMemory memory = GuestMemory.allocate(0x1400000);
  private final ValidatorTables tables =
      new ValidatorTables(memory, MemoryLayout.PAYLOADS.tables());

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void ownership_isReadBackByStart() {
    tables.writeOwnership(List.of(HIGH, LOW));

    assertEquals(List.of(LOW, HIGH), tables.readOwnership());
  }

  @Test
  void emptyOwnership_isReadBackEmpty() {
    tables.writeOwnership(List.of());

    assertEquals(List.of(), tables.readOwnership());
  }

  private boolean isRestricted(long gpa) {
    int page = PageRange.pageOf(gpa);
    return (memory.getByte(Abi.KVMPL_RESTRICTED_GPA() + page / 8) >> page % 8 & 1) != 0;
  }

  @ParameterizedTest
  @CsvSource({
    "0x1001000, 0x1002000",
    "0x1003000, 0x100b000",
    "0x1008000, 0x1010000",
    "0x1007000, 0x1020000",
    "0x13ff000, 0x1400000"
  })
  void restrictedRange_isABitAPage_asIsAllThatIsNotKernelMemory(String start, String end) {
    PageRange range = new PageRange(Long.decode(start), Long.decode(end));

    tables.writeRestricted(List.of(range), Abi.KVMPL_KERNEL_MEMORY_BASE());

    long top = (long) Abi.KVMPL_PAGES_MAX() * PageRange.PAGE_SIZE;
    for (long gpa = 0; gpa < top; gpa += PageRange.PAGE_SIZE) {
      boolean inside = gpa >= range.start() && gpa < range.end();
      boolean kernels = gpa >= Abi.KVMPL_KERNEL_MEMORY_BASE() && gpa < memory.size();
      assertEquals(inside || !kernels, isRestricted(gpa), "0x" + Long.toHexString(gpa));
    }
  }

  @Test
  void pagesOfADriver_areCounted() {
    tables.writeOwnership(List.of(LOW, HIGH));

    assertEquals(16, memory.getInt(MAP + kvmpl_ownership_map.pages$offset() + Integer.BYTES));
    assertEquals(1, memory.getInt(MAP + kvmpl_ownership_map.pages$offset() + 2 * Integer.BYTES));
  }

  @ParameterizedTest
  @ValueSource(ints = {65, 128, 255})
  void pageOfWhoIsNoDriver_isLeftOut(int driver) {
    tables.writeOwnership(List.of(LOW, HIGH));
    memory.putByte(MAP + HIGH.range().firstPage(), (byte) driver);

    Ownership rest = new Ownership(new PageRange(0x1201000, 0x1210000), 1);
    assertEquals(List.of(LOW, rest), tables.readOwnership());
  }
}
