// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A distribution as {@code ./kvmpl dist} makes it, unpacked.
 *
 * @param archive the file that was made
 * @param home what was in it
 * @param path a PATH with nothing but what {@code bin/kvmpl} itself needs
 */
record Distribution(Path archive, Path home, Path path) {
  /** Makes one, and unpacks it in a folder with a space. */
  static Distribution in(Path folder) throws IOException, InterruptedException {
    Command made = dist(folder.toString());
    assertEquals(0, made.status(), made.err());
    Path archive = Path.of(made.out().strip());
    Path to = Files.createDirectory(folder.resolve("a folder"));
    unpack(archive, to);
    Path path = Files.createDirectory(folder.resolve("path"));
    Files.createSymbolicLink(path.resolve("readlink"), Path.of("/usr/bin/readlink"));
    String name = archive.getFileName().toString().replace(".tar.gz", "");
    return new Distribution(archive, to.resolve(name), path);
  }

  /** {@code ./kvmpl dist ARGUMENTS}, of what is built. */
  static Command dist(String... arguments) throws IOException, InterruptedException {
    Path root = SourceTree.root().toRealPath();
    List<String> line = new ArrayList<>(List.of(root.resolve("kvmpl").toString(), "dist"));
    line.addAll(Arrays.asList(arguments));
    return Command.run(
        Map.of("KVMPL_BUILT", root.toString(), "JAVA_HOME", System.getProperty("java.home")), line);
  }

  static void unpack(Path archive, Path to) throws IOException, InterruptedException {
    Command tar =
        Command.run(Map.of(), List.of("tar", "-xzf", archive.toString(), "-C", to.toString()));
    assertEquals(0, tar.status(), tar.err());
  }

  String version() {
    return archive.getFileName().toString().replaceFirst("kvmpl-(.*)-linux-x86_64.tar.gz", "$1");
  }

  /** Runs its command on a machine that has neither Java nor gcc. */
  Command kvmpl(String... arguments) throws IOException, InterruptedException {
    return kvmpl(Map.of(), arguments);
  }

  Command kvmpl(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of(home.resolve("bin/kvmpl").toString()));
    line.addAll(Arrays.asList(arguments));
    return run(environment, line);
  }

  /** Runs a command line there. */
  Command run(Map<String, String> environment, List<String> line)
      throws IOException, InterruptedException {
    Map<String, String> all = new HashMap<>(environment);
    all.put("PATH", path.toString());
    all.put("JAVA_HOME", "");
    return Command.run(all, line);
  }
}
