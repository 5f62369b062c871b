// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The command as users start it: a process of its own, on the module path of this one.
 *
 * @param status its exit status
 */
public record Command(int status, String out, String err) {
  /** Runs {@code kvmpl ARGUMENTS} to its end. */
  public static Command kvmpl(String... arguments) throws IOException, InterruptedException {
    return kvmpl(Map.of(), arguments);
  }

  /** Runs it with more environment variables. */
  public static Command kvmpl(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    return run(environment, line(arguments));
  }

  /** Runs it with the heap that the launcher gives it. */
  public static Command small(String... arguments) throws IOException, InterruptedException {
    List<String> line = line(arguments);
    line.addAll(1, List.of("-XX:+UseSerialGC", "-Xmx64m"));
    return run(Map.of(), line);
  }

  /** Runs any command line to its end. */
  public static Command run(Map<String, String> environment, List<String> line)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("command", ".out");
    Path err = Files.createTempFile("command", ".err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(line).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().putAll(environment);
      int status = builder.start().waitFor();
      return new Command(
          status,
          Files.readString(out, StandardCharsets.UTF_8),
          Files.readString(err, StandardCharsets.UTF_8));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** The whole command line. */
  public static List<String> line(String... arguments) {
    List<String> line = java();
    line.add("-XX:-UsePerfData"); // as the launcher does: no file in /tmp
    line.add("-m");
    line.add("dev.kvmpl.cli/dev.kvmpl.cli.Main");
    line.addAll(Arrays.asList(arguments));
    return line;
  }

  /** The command line of a program among the tests, which uses the product as a library. */
  public static List<String> line(Class<?> program, String... arguments) {
    List<String> line = java();
    line.add("--add-modules=dev.kvmpl.cli");
    line.add("-cp");
    line.add(System.getProperty("java.class.path"));
    line.add(program.getName());
    line.addAll(Arrays.asList(arguments));
    return line;
  }

  private static List<String> java() {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.add("--module-path");
    line.add(Objects.requireNonNull(System.getProperty("jdk.module.path")));
    line.add("--enable-native-access=dev.kvmpl.bindings");
    line.add("--illegal-native-access=deny");
    line.add("-XX:TieredStopAtLevel=1");
    return line;
  }
}
