// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.payloads;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** What drivers, validators and codebases are built with: headers, libraries, linker scripts. */
public final class Sdk {
  private Sdk() {}

  /** Its files, by their paths. */
  public static List<String> files() {
    try {
      return new String(resource("sdk.list"), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new IllegalStateException("the SDK is missing from this build", e);
    }
  }

  /**
   * Writes all of it to a folder, which is made if there is none.
   *
   * @throws IOException if that fails
   */
  public static void unpack(Path folder) throws IOException {
    for (String file : files()) {
      Path path = folder.resolve(file);
      Files.createDirectories(path.getParent());
      Files.write(path, resource("sdk/" + file));
    }
  }

  /** Which of the programs that build with it are not on PATH. */
  public static List<String> missingTools() {
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    List<String> folders = List.of(path.split(File.pathSeparator, -1));
    return Stream.of("gcc", "make")
        .filter(tool -> folders.stream().noneMatch(in -> new File(in, tool).canExecute()))
        .toList();
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = Sdk.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from this build");
      }
      return in.readAllBytes();
    }
  }
}
