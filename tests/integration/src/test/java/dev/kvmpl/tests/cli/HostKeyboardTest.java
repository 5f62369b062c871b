// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.kvmpl.tests.support.Command;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is typed for a shell on an emulated host, with a stand-in for the host. */
@Tag("subprocess")
@Tag("needs-gcc") // a whole JDK
class HostKeyboardTest {
  @TempDir Path folder;

  private void tool(String name, String script) throws IOException {
    Path tool = folder.resolve("tests/hosts").resolve(name);
    Files.createDirectories(tool.resolveSibling("."));
    Files.writeString(tool, "#!/bin/bash\n" + script);
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Process boot(Path typed) throws IOException {
    tool("guest-kernel", "echo /a/vmlinuz");
    tool(
        "host-run",
        """
        cd "%s"
        while [[ $1 != --keyboard ]]; do shift; done
        echo "$2" >named && mv named socket
        until [[ -e done ]]; do sleep 0.05; done
        exit 7
        """
            .formatted(folder));
    List<String> line = Command.line("boot", "--host=amd");
    line.addAll(1, List.of("-Dkvmpl.root=" + folder, "-Xmx64m"));
    return new ProcessBuilder(line)
        .redirectInput(typed.toFile())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(folder.resolve("err").toFile())
        .start();
  }

  private Path socket(Process boot) throws Exception {
    Path named = folder.resolve("socket");
    while (!Files.exists(named)) {
      assertFalse(boot.waitFor(50, java.util.concurrent.TimeUnit.MILLISECONDS), "ended too early");
    }
    return Path.of(Files.readString(named).strip());
  }

  @Test
  void bytesOnStdin_arriveOnceTheCommandRuns_withTheirEnd() throws Exception {
    byte[] typed = {'l', 's', '\n', 0, (byte) 0xff};
    Process boot = boot(Files.write(folder.resolve("typed"), typed));
    Path socket = socket(boot);
    ByteArrayOutputStream arrived = new ByteArrayOutputStream();

    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      try (SocketChannel host = server.accept();
          BufferedReader lines =
              new BufferedReader(
                  new InputStreamReader(
                      Channels.newInputStream(host), StandardCharsets.US_ASCII))) {
        host.write(
            ByteBuffer.wrap(
                "kvmpl 1f init 2\nkvmpl 1f java 3\n".getBytes(StandardCharsets.US_ASCII)));
        for (String line = lines.readLine(); !line.equals("."); line = lines.readLine()) {
          arrived.writeBytes(Base64.getDecoder().decode(line));
        }
        Files.createFile(folder.resolve("done"));
        assertEquals(7, boot.waitFor(), () -> read("err"));
      }
    }
    assertArrayEquals(typed, arrived.toByteArray());
    assertFalse(Files.exists(socket.resolveSibling(".")), "left behind: " + socket);
  }

  @Test
  void hostThatNeverListens_isNoHindrance_andNothingIsLeft() throws Exception {
    Process boot = boot(Path.of("/dev/null"));
    Path socket = socket(boot);

    Files.createFile(folder.resolve("done"));

    assertEquals(7, boot.waitFor(), () -> read("err"));
    assertFalse(Files.exists(socket.resolveSibling(".")), "left behind: " + socket);
  }

  private String read(String name) {
    try {
      return Files.readString(folder.resolve(name));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
