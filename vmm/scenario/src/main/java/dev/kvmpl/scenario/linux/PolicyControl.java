// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario.linux;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * How whoever runs a machine changes what is protected while it runs: by lines {@code lock WHAT}
 * and {@code unlock WHAT} in a FIFO. Nothing in the guest leads there.
 */
public final class PolicyControl {
  private static final int SHOWN_MAX = 60;

  private final Machine machine;
  private final Consumer<String> answers;

  /** What is controlled: how many pages that are, empty if nothing is called so. */
  public interface Machine {
    /** Closes it. */
    OptionalInt lock(String what);

    /** Opens it. */
    OptionalInt unlock(String what);
  }

  private PolicyControl(Machine machine, Consumer<String> answers) {
    this.machine = machine;
    this.answers = answers;
  }

  /** Whether the file is one that somebody can write to while it is read. */
  public static boolean isFifo(Path file) {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).isOther();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Follows the lines of a FIFO, from one writer after another, on a thread that keeps no process
   * alive.
   *
   * @param answers gets what became of each line; called by that thread
   */
  public static void follow(Path fifo, Machine machine, Consumer<String> answers) {
    PolicyControl control = new PolicyControl(machine, answers);
    Thread thread = new Thread(() -> control.read(fifo), "control");
    thread.setDaemon(true);
    thread.start();
  }

  private void read(Path fifo) {
    try {
      while (true) {
        try (BufferedReader lines = Files.newBufferedReader(fifo)) {
          for (String line; (line = lines.readLine()) != null; ) {
            answers.accept(execute(line));
          }
        }
      }
    } catch (IllegalStateException e) {
      // The machine has ended.
    } catch (IOException e) {
      answers.accept("control: " + fifo + " cannot be read any more");
    }
  }

  private String execute(String line) {
    String[] words = line.strip().split("\\s+", 2);
    boolean open = words[0].equals("unlock");
    if (words.length < 2 || !(open || words[0].equals("lock"))) {
      return "control: allowed are lock WHAT and unlock WHAT, not " + shown(line);
    }
    OptionalInt pages = open ? machine.unlock(words[1]) : machine.lock(words[1]);
    return pages.isEmpty()
        ? "control: nothing that is protected is called " + shown(words[1])
        : String.format(
            Locale.ROOT,
            "%s is %s: %d pages",
            words[1],
            open ? "unlocked" : "locked",
            pages.getAsInt());
  }

  private static String shown(String text) {
    String printable = text.replaceAll("\\P{Print}", "?");
    return printable.length() <= SHOWN_MAX ? printable : printable.substring(0, SHOWN_MAX) + "...";
  }
}
