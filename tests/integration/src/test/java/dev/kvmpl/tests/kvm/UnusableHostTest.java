// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.UnusableHostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each its own message, one line, with what helps. No KVM needed. */
@Tag("host-kernel")
class UnusableHostTest {
  @TempDir private Path folder;

  private static String messageOf(Path device) {
    UnusableHostException e =
        assertThrows(UnusableHostException.class, () -> Kvm.open(device).close());
    String message = String.valueOf(e.getMessage());
    assertFalse(message.contains("\n"), message);
    return message;
  }

  @Test
  void deviceThatDoesNotExist_isNamed_withTheModulesToLoad() {
    Path device = folder.resolve("kvm");

    String message = messageOf(device);

    assertTrue(message.startsWith("no " + device + ": load the module"), message);
  }

  @Test
  void deviceThatIsNotKvm_isNamedAsSuch() {
    assertEquals(
        "/dev/null is not KVM (ENOTTY): name the right device", messageOf(Path.of("/dev/null")));
  }

  @Test
  void plainFile_isNamedAsNotKvm() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertEquals(file + " is not KVM (ENOTTY): name the right device", messageOf(file));
  }

  @Test
  void folder_isNamedAsSomethingThatCannotBeOpened() {
    assertEquals("cannot open " + folder + " (EISDIR): name the right device", messageOf(folder));
  }

  @Test
  void nameWithANewline_staysOnOneLine() {
    assertTrue(messageOf(folder.resolve("a\nb")).contains("a\\u000ab"));
  }

  @Test
  void unusableDevices_leaveNoFileDescriptorOpen() throws IOException {
    messageOf(Path.of("/dev/null"));
    long before = openFiles();

    messageOf(Path.of("/dev/null"));
    messageOf(folder.resolve("kvm"));

    assertEquals(before, openFiles());
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }
}
