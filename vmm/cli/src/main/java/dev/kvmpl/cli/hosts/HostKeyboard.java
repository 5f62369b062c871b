// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.hosts;

import dev.kvmpl.cli.terminal.Keys;
import dev.kvmpl.cli.terminal.RawMode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Brings this process's stdin to the command that runs on an emulated host: as lines of base64 on
 * the serial port of its control lines, {@value #END} at its end, since a serial port has none.
 * Sending begins when the host says that the command runs; a terminal is in raw mode from then on.
 */
public final class HostKeyboard implements AutoCloseable {
  private static final String END = ".";
  private static final long AGAIN_MS = 100;

  private final Path folder;
  private volatile @Nullable RawMode raw;

  private HostKeyboard(Path folder) {
    this.folder = folder;
  }

  /** One that waits for a host to offer {@link #socket}. */
  public static HostKeyboard open() throws IOException {
    HostKeyboard keyboard = new HostKeyboard(Files.createTempDirectory("kvmpl-keyboard."));
    Thread thread = new Thread(keyboard::serve, "host-keyboard");
    thread.setDaemon(true);
    thread.start();
    return keyboard;
  }

  /** Where the emulator is to listen. */
  public Path socket() {
    return folder.resolve("socket");
  }

  private void serve() {
    try (SocketChannel host = connect();
        OutputStream out = Channels.newOutputStream(host);
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(
                    Channels.newInputStream(host), StandardCharsets.ISO_8859_1))) {
      String line = in.readLine();
      while (line != null && !line.matches("kvmpl \\w+ java .*")) {
        line = in.readLine();
      }
      if (line == null) {
        return;
      }
      raw = RawMode.enter();
      // What else it says is host-run's; nobody may be kept from saying it.
      Thread drain = new Thread(() -> in.lines().forEach(said -> {}), "host-control");
      drain.setDaemon(true);
      drain.start();
      Keys.until(
          raw != null,
          bytes ->
              out.write(
                  (Base64.getEncoder().encodeToString(bytes) + "\n")
                      .getBytes(StandardCharsets.US_ASCII)));
      out.write((END + "\n").getBytes(StandardCharsets.US_ASCII));
      drain.join();
    } catch (IOException | UncheckedIOException e) {
      // The host has ended.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private SocketChannel connect() throws InterruptedException, IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    while (true) {
      try {
        channel.connect(UnixDomainSocketAddress.of(socket()));
        return channel;
      } catch (IOException e) {
        channel.close();
        Thread.sleep(AGAIN_MS);
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      }
    }
  }

  /** Gives the terminal back. */
  @Override
  public void close() throws IOException {
    RawMode mode = raw;
    if (mode != null) {
      mode.close();
    }
    Files.deleteIfExists(socket());
    Files.deleteIfExists(folder);
  }
}
