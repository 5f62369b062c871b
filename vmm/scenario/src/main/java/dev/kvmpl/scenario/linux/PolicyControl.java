// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario.linux;

import dev.kvmpl.kvm.host.OneLine;
import dev.kvmpl.linux.LinuxMachine;
import dev.kvmpl.linux.NoRoomException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * How whoever runs a machine changes what is protected while it runs: by lines {@code lock WHAT}
 * and {@code unlock WHAT} in a FIFO. Nothing in the guest leads there.
 */
public final class PolicyControl {
  private static final int SHOWN_MAX = 60;
  private static final int TYPE = 0170000; // of a file's mode (inode(7))
  private static final int FIFO = 0010000;

  private final Machine machine;
  private final Consumer<String> answers;

  /** What is controlled: how many pages that are, empty if nothing is called so. */
  public interface Machine {
    /**
     * Closes it.
     *
     * @throws IllegalStateException if the machine has ended
     */
    OptionalInt lock(String what);

    /**
     * Opens it.
     *
     * @throws NoRoomException if the host has no room for that: nothing has changed
     * @throws IllegalStateException if the machine has ended
     */
    OptionalInt unlock(String what);
  }

  private record Running(LinuxMachine machine) implements Machine {
    @Override
    public OptionalInt lock(String what) {
      return machine.lock(what);
    }

    @Override
    public OptionalInt unlock(String what) {
      return machine.unlock(what);
    }
  }

  private PolicyControl(Machine machine, Consumer<String> answers) {
    this.machine = machine;
    this.answers = answers;
  }

  /** Whether the file is one that somebody can write lines to while it is read. */
  public static boolean isFifo(Path file) {
    try {
      return ((Integer) Files.getAttribute(file, "unix:mode") & TYPE) == FIFO;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Follows the lines of a FIFO, from one writer after another, on a thread that keeps no process
   * alive. What comes there may be anything: a line that is too long or no text is answered as any
   * other that means nothing.
   *
   * @param answers gets what became of each line; called by that thread
   */
  public static void follow(Path fifo, LinuxMachine machine, Consumer<String> answers) {
    follow(fifo, new Running(machine), answers);
  }

  /** The same of whatever is controlled. */
  public static void follow(Path fifo, Machine machine, Consumer<String> answers) {
    PolicyControl control = new PolicyControl(machine, answers);
    Thread thread = new Thread(() -> control.read(fifo), "control");
    thread.setDaemon(true);
    thread.start();
  }

  /** Opened once, and for writing too: a writer then finds a reader at any time, and no end. */
  private void read(Path fifo) {
    try (InputStream bytes =
        Channels.newInputStream(
            Files.newByteChannel(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE))) {
      ControlLines lines = new ControlLines(bytes);
      for (String line; (line = lines.next()) != null; ) {
        answers.accept(execute(line));
      }
    } catch (IllegalStateException e) {
      // The machine has ended.
    } catch (IOException e) {
      answers.accept("control: " + shown(fifo.toString()) + " cannot be read any more");
    }
  }

  private String execute(String line) {
    String[] words = line.strip().split("\\s+", 2);
    boolean open = words[0].equals("unlock");
    if (words.length < 2 || !(open || words[0].equals("lock"))) {
      return "control: allowed are lock WHAT and unlock WHAT, not " + shown(line);
    }
    try {
      OptionalInt pages = open ? machine.unlock(words[1]) : machine.lock(words[1]);
      return pages.isEmpty()
          ? "control: nothing that is protected is called " + shown(words[1])
          : String.format(
              Locale.ROOT,
              "%s is %s: %d pages",
              shown(words[1]),
              open ? "unlocked" : "locked",
              pages.getAsInt());
    } catch (NoRoomException e) {
      return String.format(
          Locale.ROOT, "control: %s stays locked: %s", shown(words[1]), e.getMessage());
    }
  }

  private static String shown(String text) {
    String part = text.length() <= SHOWN_MAX ? text : text.substring(0, SHOWN_MAX) + "...";
    return OneLine.of(part);
  }
}
