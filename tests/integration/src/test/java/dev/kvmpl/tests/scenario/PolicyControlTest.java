// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.scenario.linux.PolicyControl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyControlTest {
  @TempDir Path folder;

  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private Path fifo = Path.of("");

  /** Knows kernel-text, of 3 pages; has ended once it is told to lock {@code the end}. */
  private final PolicyControl.Machine machine =
      new PolicyControl.Machine() {
        @Override
        public OptionalInt lock(String what) {
          if (what.equals("the end")) {
            throw new IllegalStateException("ended");
          }
          return what.equals("kernel-text") ? OptionalInt.of(3) : OptionalInt.empty();
        }

        @Override
        public OptionalInt unlock(String what) {
          return lock(what);
        }
      };

  @BeforeEach
  void make() throws Exception {
    fifo = folder.resolve("control");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
  }

  private String answer() throws Exception {
    return String.valueOf(answers.poll(1, TimeUnit.MINUTES));
  }

  @Test
  void lines_areFollowed_fromOneWriterAfterAnother() throws Exception {
    PolicyControl.follow(fifo, machine, answers::add);

    Files.writeString(fifo, "unlock kernel-text\n");
    assertEquals("kernel-text is unlocked: 3 pages", answer());
    Files.writeString(fifo, "  lock   kernel-text\nlock module disk\n");
    assertEquals("kernel-text is locked: 3 pages", answer());
    assertEquals("control: nothing that is protected is called module disk", answer());

    Files.writeString(fifo, "lock the end\n");
  }

  @Test
  void otherLines_areSaid_andChangeNothing() throws Exception {
    PolicyControl.follow(fifo, machine, answers::add);

    Files.writeString(fifo, "open kernel-text\nlock\n\nlock " + "x".repeat(100) + "\u0007\n");
    String allowed = "control: allowed are lock WHAT and unlock WHAT, not ";
    assertEquals(allowed + "open kernel-text", answer());
    assertEquals(allowed + "lock", answer());
    assertEquals(allowed, answer());
    assertEquals(
        "control: nothing that is protected is called " + "x".repeat(60) + "...", answer());

    Files.writeString(fifo, "lock the end\n");
  }

  @Test
  void fifo_isToldFromOtherFiles() throws Exception {
    assertTrue(PolicyControl.isFifo(fifo));
    assertFalse(PolicyControl.isFifo(Files.createFile(folder.resolve("file"))));
    assertFalse(PolicyControl.isFifo(folder.resolve("none")));
  }
}
