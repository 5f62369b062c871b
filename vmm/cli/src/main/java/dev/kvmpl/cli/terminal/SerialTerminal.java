// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.terminal;

import dev.kvmpl.linux.Console;
import dev.kvmpl.linux.LinuxMachine;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The guest's console on this process's stdin and stdout, or stderr. On a terminal every key is the
 * guest's, but for the one that {@link Keys} keeps. Where stdin ends, the guest gets an end of file
 * (^D) time and again: what comes before anybody reads is lost on a terminal.
 */
public final class SerialTerminal implements Console, AutoCloseable {
  private static final int BUFFER_BYTES = 4096;
  private static final byte[] END_OF_FILE = {4};
  private static final long AGAIN_MS = 500;

  private final OutputStream out;
  private final @Nullable RawMode raw;
  private @Nullable IOException failed;

  private SerialTerminal(FileDescriptor to, @Nullable RawMode raw) {
    this.out = new BufferedOutputStream(new FileOutputStream(to), BUFFER_BYTES);
    this.raw = raw;
  }

  /**
   * Takes the terminal, if there is one.
   *
   * @param aside whether what the guest sends goes to stderr
   */
  public static SerialTerminal open(boolean aside) throws IOException, InterruptedException {
    return new SerialTerminal(aside ? FileDescriptor.err : FileDescriptor.out, RawMode.enter());
  }

  /** From now on the machine gets what comes on stdin. */
  public void attach(LinuxMachine machine) {
    Thread reader = new Thread(() -> read(machine), "stdin");
    reader.setDaemon(true);
    reader.start();
  }

  private void read(LinuxMachine machine) {
    try {
      Keys.until(raw != null, machine::type);
      while (true) {
        machine.type(END_OF_FILE);
        Thread.sleep(AGAIN_MS);
      }
    } catch (IOException | InterruptedException e) {
      // Nobody listens any more.
    }
  }

  @Override
  public void sent(int value) {
    try {
      out.write(value);
      if (value == '\n') {
        out.flush();
      }
    } catch (IOException e) {
      failed = e;
    }
  }

  @Override
  public void pause() {
    try {
      out.flush();
    } catch (IOException e) {
      failed = e;
    }
  }

  /** Gives the terminal back. */
  public void restore() {
    if (raw != null) {
      raw.close();
    }
    if (failed != null) {
      IOException said = failed;
      failed = null;
      throw new OutputException("stdout", said);
    }
  }

  @Override
  public void close() {
    restore();
  }
}
