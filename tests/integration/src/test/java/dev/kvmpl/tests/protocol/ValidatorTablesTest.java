// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_ownership;
import dev.kvmpl.bindings.abi.kvmpl_ownership_map;
import dev.kvmpl.bindings.abi.kvmpl_restricted;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.ValidatorTables;
import dev.kvmpl.protocol.ValidatorTables.Ownership;
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

  private final GuestMemory memory = GuestMemory.allocate(Abi.KVMPL_KERNEL_MEMORY_BASE());
  private final ValidatorTables tables =
      new ValidatorTables(memory, MemoryLayout.PAYLOADS.tables());

  @AfterEach
  void close() {
    memory.close();
  }

  private void entry(int index, long start, long end, long driver) {
    long at = MAP + kvmpl_ownership_map.entries$offset() + index * kvmpl_ownership.sizeof();
    memory.putLong(at + kvmpl_ownership.start$offset(), start);
    memory.putLong(at + kvmpl_ownership.end$offset(), end);
    memory.putLong(at + kvmpl_ownership.driver$offset(), driver);
  }

  private void count(long count) {
    memory.putLong(MAP + kvmpl_ownership_map.count$offset(), count);
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

  @Test
  void restrictedRanges_areWrittenByStart() {
    tables.writeRestricted(List.of(new PageRange(0x5000, 0x6000), new PageRange(0x1000, 0x3000)));

    long at = Abi.KVMPL_RESTRICTED_GPA();
    assertEquals(2, memory.getLong(at + kvmpl_restricted.count$offset()));
    long ranges = at + kvmpl_restricted.ranges$offset();
    assertEquals(0x1000, memory.getLong(ranges));
    assertEquals(0x3000, memory.getLong(ranges + 8));
    assertEquals(0x5000, memory.getLong(ranges + 16));
    assertEquals(0x6000, memory.getLong(ranges + 24));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, 16385, 1L << 32, Long.MAX_VALUE})
  void countThatCannotBe_doesNotReadPastTheMap(long count) {
    tables.writeOwnership(List.of(LOW));
    // What comes after the map: to be read by nobody.
    entry(ValidatorTables.OWNERSHIP_MAX, 0x1300000, 0x1301000, 3);
    count(count);

    List<Ownership> read = tables.readOwnership();

    assertEquals(
        0, read.stream().filter(entry -> entry.driver() == 3).count(), "entries past the map");
  }

  @ParameterizedTest
  @CsvSource({
    "0x1101000, 0x1100000, 2",
    "0x1100000, 0x1100000, 2",
    "0x1100001, 0x1102000, 2",
    "-4096, 0x1000, 2",
    "0x1100000, 0x1101000, 0x100000000",
    "0x1100000, 0x1101000, -1"
  })
  void entryThatIsNoRange_orHasNoDriver_isLeftOut(String start, String end, String driver) {
    tables.writeOwnership(List.of(LOW, HIGH));
    entry(0, Long.decode(start), Long.decode(end), Long.decode(driver));

    assertEquals(List.of(HIGH), tables.readOwnership());
  }
}
