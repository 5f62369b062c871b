// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** How many mappings this process can have ({@code vm.max_map_count}), and how many it has. */
public final class MappingCount {
  /** The kernel's default, for a host that does not tell. */
  private static final int DEFAULT = 65530;

  /** What Java may come to need: threads, code, archives. */
  private static final int OTHERS = 4096;

  private MappingCount() {}

  /** For each of so many levels that are there at a time. */
  public static int forEach(int levels) {
    return Math.max(0, most() - OTHERS - now()) / levels;
  }

  private static int most() {
    // In one piece: the kernel has nothing more to say to a second read.
    try (BufferedReader file = Files.newBufferedReader(Path.of("/proc/sys/vm/max_map_count"))) {
      return Integer.parseInt(String.valueOf(file.readLine()).strip());
    } catch (IOException | NumberFormatException e) {
      return DEFAULT;
    }
  }

  private static int now() {
    try (Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
      return (int) mappings.count();
    } catch (IOException e) {
      return 0;
    }
  }
}
