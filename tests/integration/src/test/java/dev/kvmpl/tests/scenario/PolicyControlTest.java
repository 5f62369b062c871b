// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.linux.NoRoomException;
import dev.kvmpl.scenario.linux.PolicyControl;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
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
          if (what.equals("too much")) {
            throw new NoRoomException("no room");
          }
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
  void lineThatCannotBeOpenedForWantOfRoom_isSaid() throws Exception {
    PolicyControl.follow(fifo, machine, answers::add);

    Files.writeString(fifo, "unlock too much\nlock kernel-text\n");
    assertEquals("control: too much stays locked: no room", answer());
    assertEquals("kernel-text is locked: 3 pages", answer());

    Files.writeString(fifo, "lock the end\n");
  }

  /** What would be the machine's memory, if all of it were kept. */
  @Test
  void bytesThatAreNoLine_areReadAndDropped_andTheNextLineIsFollowed() throws Exception {
    PolicyControl.follow(fifo, machine, answers::add);

    byte[] piece = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(fifo)) {
      out.write(new byte[] {(byte) 0xff, (byte) 0xc0, 0x1b, '\n'});
      for (int i = 0; i < 256; i++) {
        out.write(piece);
      }
      out.write("\nunlock kernel-text".getBytes(StandardCharsets.UTF_8));
      out.write(" ".repeat(1 << 16).getBytes(StandardCharsets.UTF_8));
      out.write("not\nunlock kernel-text\n".getBytes(StandardCharsets.UTF_8));
    }

    String allowed = "control: allowed are lock WHAT and unlock WHAT, not ";
    assertEquals(allowed + "\ufffd\ufffd\\u001b", answer());
    assertEquals(allowed + "\\u0000".repeat(60) + "...", answer());
    assertTrue(answer().startsWith("control: nothing that is protected is called kernel-text  "));
    assertEquals("kernel-text is unlocked: 3 pages", answer());

    Files.writeString(fifo, "lock the end\n");
  }

  /** Each opens the FIFO, writes and closes it; none may find nobody there. */
  @Test
  void manyWriters_oneAfterAnother_areAllHeard() throws Exception {
    PolicyControl.follow(fifo, machine, answers::add);

    for (int i = 0; i < 500; i++) {
      Files.writeString(fifo, "unlock kernel-text\n");
    }
    for (int i = 0; i < 500; i++) {
      assertEquals("kernel-text is unlocked: 3 pages", answer());
    }

    Files.writeString(fifo, "lock the end\n");
  }

  @Test
  void fileInTheFifosPlace_isNotFollowed() throws Exception {
    PolicyControl.follow(fifo, machine, answers::add);
    Path other = folder.resolve("other");
    Files.writeString(fifo, "unlock kernel-text\n");
    assertEquals("kernel-text is unlocked: 3 pages", answer());

    Files.move(fifo, other);
    Files.writeString(fifo, "unlock what the file says\n");
    Files.writeString(other, "lock kernel-text\n");

    assertEquals("kernel-text is locked: 3 pages", answer());
    Files.writeString(other, "lock the end\n");
  }

  @Test
  void fifo_isToldFromOtherFiles() throws Exception {
    assertTrue(PolicyControl.isFifo(fifo));
    assertFalse(PolicyControl.isFifo(Files.createFile(folder.resolve("file"))));
    assertFalse(PolicyControl.isFifo(folder.resolve("none")));
    assertFalse(PolicyControl.isFifo(Path.of("/dev/null")));
  }
}
