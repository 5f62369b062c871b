// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.GhcbPage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Offsets are those of the published GHCB page (AMD 56421, table 3). */
class GhcbPageTest {
  private static final long GPA = 0x1000;
  private static final long RAX = GPA + 0x1f8;
  private static final long SW_EXITCODE = GPA + 0x390;
  private static final long SW_EXITINFO1 = GPA + 0x398;
  private static final long SW_EXITINFO2 = GPA + 0x3a0;

  private final GuestMemory memory = GuestMemory.allocate(0x3000);
  private final GhcbPage page = new GhcbPage(memory, GPA);

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void event_isReadFromThePublishedPlaces() {
    memory.putLong(SW_EXITCODE, 0x80000013L);
    memory.putLong(SW_EXITINFO1, 0x1122334455667788L);
    memory.putLong(SW_EXITINFO2, -1);

    assertEquals(0x80000013L, page.exitCode());
    assertEquals(0x1122334455667788L, page.exitInfo1());
    assertEquals(-1, page.exitInfo2());
  }

  @Test
  void served_clearsBothInformations() {
    memory.putLong(SW_EXITINFO1, -1);
    memory.putLong(SW_EXITINFO2, -1);

    page.answerOk();

    assertEquals(0, memory.getLong(SW_EXITINFO1));
    assertEquals(0, memory.getLong(SW_EXITINFO2));
  }

  @Test
  void malformed_isATwoAndTheError() {
    page.answerMalformed(5);

    assertEquals(2, memory.getLong(SW_EXITINFO1));
    assertEquals(5, memory.getLong(SW_EXITINFO2));
  }

  @ParameterizedTest
  @CsvSource({"WRITE, false, 1", "EXECUTE, true, 4"})
  void refusedAccess_isANestedPageFaultOfALevel_withItsBit(Access access, boolean at, int bit) {
    page.reportRefused(access, 0x1400008, at, 0x80001000L);

    assertEquals(0x400, memory.getLong(SW_EXITCODE));
    assertEquals(
        1L << bit | 1L << 31 | 1L << 36 | (at ? 1L << 62 : 0), memory.getLong(SW_EXITINFO1));
    assertEquals(0x1400008, memory.getLong(SW_EXITINFO2));
    assertEquals(0x80001000L, memory.getLong(RAX));
  }

  /** Bits of IOIO: direction, then bytes, then the port. */
  @ParameterizedTest
  @CsvSource({"PORT_READ, 1, 0x3f80011", "PORT_WRITE, 4, 0x3f80040"})
  void refusedPort_isAnIoioEvent(Access access, int length, String info) {
    page.reportRefusedPort(access, 0x3f8, length, 0x80001009L);

    assertEquals(0x7b, memory.getLong(SW_EXITCODE));
    assertEquals(Long.decode(info), memory.getLong(SW_EXITINFO1));
    assertEquals(0x80001009L, memory.getLong(RAX));
  }

  @ParameterizedTest
  @CsvSource({"MSR_READ, 0", "MSR_WRITE, 1"})
  void refusedMsr_isAnMsrEvent_withTheMsrInRcx(Access access, long info) {
    page.reportRefusedMsr(access, 0xc0000080L, 0x80001009L);

    assertEquals(0x7c, memory.getLong(SW_EXITCODE));
    assertEquals(info, memory.getLong(SW_EXITINFO1));
    assertEquals(0xc0000080L, memory.getLong(GPA + 0x308));
    assertEquals(0x80001009L, memory.getLong(RAX));
  }

  @Test
  void pagesAround_areLeftAlone() {
    page.reportRefused(Access.READ, -1, true, -1);
    page.answerMalformed(-1);

    assertArrayEquals(new byte[0x1000], memory.read(0, 0x1000));
    assertArrayEquals(new byte[0x1000], memory.read(GPA + 0x1000, 0x1000));
  }
}
