// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What docs/ci/Dockerfile makes, without Docker: a folder in the place of the image's file system.
 *
 * @param root the folder
 * @param entry what is started
 * @param arguments its arguments, if no others are given
 */
record Image(Path root, List<String> entry, List<String> arguments) {
  private static final Pattern INSTRUCTION = Pattern.compile("([A-Z]+) (.*)");
  private static final Pattern QUOTED = Pattern.compile("\"([^\"]*)\"");

  /** Carries out each instruction; one that is not known fails. */
  static Image of(Distribution distribution, Path root) throws IOException, InterruptedException {
    List<String> entry = new ArrayList<>();
    List<String> arguments = new ArrayList<>();
    for (String line : Files.readAllLines(SourceTree.root().resolve("docs/ci/Dockerfile"))) {
      if (line.startsWith("#")) {
        continue;
      }
      var instruction = INSTRUCTION.matcher(line.replace("${VERSION}", distribution.version()));
      assertTrue(instruction.matches(), line);
      String what = instruction.group(2);
      switch (instruction.group(1)) {
        case "FROM" -> assertEquals("debian:stable-slim", what);
        case "ARG" -> assertEquals("VERSION", what);
        case "ADD" -> add(distribution, what.split(" "), root);
        case "RUN" -> run(what, root);
        case "ENTRYPOINT" -> entry.addAll(quoted(what));
        case "CMD" -> arguments.addAll(quoted(what));
        default -> throw new AssertionError("not known here: " + line);
      }
    }
    return new Image(root, entry, arguments);
  }

  /** A local archive is unpacked where it is added. */
  private static void add(Distribution distribution, String[] fromAndTo, Path root)
      throws IOException, InterruptedException {
    Path context = distribution.archive().resolveSibling(fromAndTo[0]);
    assertTrue(Files.exists(context), context::toString);
    Path to = Files.createDirectories(Path.of(root + fromAndTo[1]));
    Distribution.unpack(context, to);
  }

  private static void run(String command, Path root) throws IOException, InterruptedException {
    Command run =
        Command.run(Map.of(), List.of("sh", "-ec", command.replace(" /", " '" + root + "'/")));
    assertEquals(0, run.status(), run.err());
  }

  private static List<String> quoted(String list) {
    return QUOTED.matcher(list).results().map((MatchResult part) -> part.group(1)).toList();
  }

  /** The command line of a container with these arguments. */
  List<String> line(List<String> given) {
    List<String> line = new ArrayList<>(entry);
    line.addAll(given);
    line.replaceAll(part -> part.startsWith("/") ? root + part : part);
    return line;
  }
}
