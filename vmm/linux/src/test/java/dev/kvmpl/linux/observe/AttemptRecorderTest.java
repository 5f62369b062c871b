// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.stores.StoreAnswer;
import org.junit.jupiter.api.Test;

class AttemptRecorderTest {
  private static final Writer DISK = new Writer(Writer.Kind.MODULE, 1, "disk", "[disk]+0x20");

  private final AttemptRecorder recorder = new AttemptRecorder();

  private void judged(Writer writer, long gpa, int length, StoreAnswer answer) {
    recorder.judged(
        new Attempt(
            7, 0, writer, "task", "what", "target", gpa, length, gpa, 1, answer, Verdict.ALLOWED));
  }

  @Test
  void repetitionsOfOneInstruction_areOne() {
    judged(DISK, 0x1000, 8, StoreAnswer.STORE);
    judged(DISK, 0x1008, 8, StoreAnswer.STORE);
    judged(DISK, 0x1010, 4, StoreAnswer.STORE);

    Attempt one = recorder.attempts().getFirst();
    assertEquals(1, recorder.attempts().size());
    assertEquals(20, one.length());
    assertEquals(3, one.exits());
    assertEquals(0x1000, one.data());
    assertEquals(7, one.timeNs());
  }

  @Test
  void othersThatFollow_areOthers() {
    Writer net = new Writer(Writer.Kind.MODULE, 2, "net", "[net]+0x20");
    judged(DISK, 0x1000, 8, StoreAnswer.STORE);
    judged(DISK, 0x1010, 8, StoreAnswer.STORE);
    judged(DISK, 0x1018, 8, StoreAnswer.GP);
    judged(net, 0x1020, 8, StoreAnswer.GP);

    assertEquals(4, recorder.attempts().size());
  }

  @Test
  void moreThanAreKept_areCounted() {
    for (int i = 0; i < AttemptRecorder.KEPT_MAX + 3; i++) {
      judged(DISK, 0x1000, 8, StoreAnswer.STORE);
    }

    assertEquals(AttemptRecorder.KEPT_MAX, recorder.attempts().size());
    assertEquals(3, recorder.lost());
  }
}
