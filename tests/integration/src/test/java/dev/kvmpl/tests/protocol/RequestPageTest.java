// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.kvmpl_request;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.RequestPage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestPageTest {
  private static final long GPA = 0x1000;
  private static final long INCOMPLETE = 0x80000000L;

  private final GuestMemory memory = GuestMemory.allocate(0x2000);
  private final RequestPage page = new RequestPage(memory, GPA);

  @AfterEach
  void close() {
    memory.close();
  }

  private void answer(long result, int owner, int pending) {
    memory.putLong(GPA + kvmpl_request.result$offset(), result);
    memory.putInt(GPA + kvmpl_request.owner$offset(), owner);
    memory.putInt(GPA + kvmpl_request.pending$offset(), pending);
  }

  @Test
  void requestToAccess_isThereWhole() {
    page.askToAccess(3, 2, Access.READ, 0x1100000, 4, 0xcafef00dL);

    assertEquals(1, memory.getInt(GPA + kvmpl_request.kind$offset()));
    assertEquals(3, memory.getInt(GPA + kvmpl_request.driver$offset()));
    assertEquals(2, memory.getInt(GPA + kvmpl_request.vmpl$offset()));
    assertEquals(1, memory.getInt(GPA + kvmpl_request.access$offset()));
    assertEquals(0x1100000, memory.getLong(GPA + kvmpl_request.gpa$offset()));
    assertEquals(4, memory.getLong(GPA + kvmpl_request.length$offset()));
    assertEquals(0xcafef00dL, memory.getLong(GPA + kvmpl_request.data$offset()));
    assertEquals(1, memory.getInt(GPA + kvmpl_request.pending$offset()));
  }

  @Test
  void newRequest_hasNoneOfTheAnswerBefore() {
    answer(0, 7, 0);

    page.askToAccess(3, 1, Access.WRITE, 0x1100000, 4, 1);
    memory.putInt(GPA + kvmpl_request.pending$offset(), 0);

    assertEquals(INCOMPLETE, page.result());
    assertEquals(0, page.owner());
  }

  @Test
  void association_saysWhose() {
    page.tellAssociation(5, 3);

    assertEquals(2, memory.getInt(GPA + kvmpl_request.kind$offset()));
    assertEquals(5, memory.getInt(GPA + kvmpl_request.driver$offset()));
    assertEquals(3, memory.getInt(GPA + kvmpl_request.vmpl$offset()));
  }

  @Test
  void answer_isRead() {
    page.askToAccess(3, 1, Access.WRITE, 0x1100000, 4, 1);

    answer(0x80001001L, 7, 0);

    assertEquals(0x80001001L, page.result());
    assertEquals(7, page.owner());
  }

  @Test
  void yesToARequestStillPending_isNoAnswer() {
    page.askToAccess(3, 1, Access.WRITE, 0x1100000, 4, 1);

    answer(0, 3, 1);

    assertEquals(INCOMPLETE, page.result());
  }
}
