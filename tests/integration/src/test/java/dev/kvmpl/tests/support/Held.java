// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What this process holds of KVM and guest memory; the JVM has other things, as it likes. */
public final class Held {
  private static final int WAITS = 1000;
  private static final int WAIT_MS = 10;

  private Held() {}

  /** Open files, mappings and threads of machines, by what the kernel calls them. */
  public static List<String> now() throws IOException {
    List<String> held = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      files.map(Held::target).filter(Held::isOurs).forEach(held::add);
    }
    try (Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
      mappings.filter(Held::isOurs).forEach(held::add);
    }
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      tasks
          .map(task -> read(task.resolve("comm")))
          .filter(name -> name.startsWith("vcpu"))
          .forEach(held::add);
    }
    return held;
  }

  /** What is still held when a while has passed: a thread that was joined goes a little later. */
  public static List<String> left() throws IOException, InterruptedException {
    List<String> held = now();
    for (int i = 0; i < WAITS && !held.isEmpty(); i++) {
      Thread.sleep(WAIT_MS);
      held = now();
    }
    return held;
  }

  private static boolean isOurs(String name) {
    return name.contains("/dev/kvm")
        || name.contains("anon_inode:kvm")
        || name.contains("memfd:kvmpl");
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return ""; // the folder's own, closed by now
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // a thread that has ended
    }
  }
}
