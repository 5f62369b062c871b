// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The validator's grants, compiled for this host, while other processors execute RMPADJUST between
 * any two of its instructions: src/test/payloads/host/grants.c, which has the model.
 */
@Tag("needs-gcc")
@Tag(SourceTree.TAG)
class GrantsTest {
  /** How many sequences of operations; 100,000 take about 10 seconds. */
  private static final long SEQUENCES = Long.getLong("kvmpl.grants.sequences", 20_000);

  private static final long SEED = Long.getLong("kvmpl.grants.seed", 1);

  private static final Path PAYLOADS = SourceTree.root().resolve("guest-payloads");
  private static final Path MODEL =
      SourceTree.root().resolve("tests/integration/src/test/payloads/host/grants.c");

  @Test
  void nothingIsLeftOfAGrant_andNothingElseIsTaken_whateverOthersDoMeanwhile(@TempDir Path folder)
      throws IOException, InterruptedException {
    String program = folder.resolve("grants").toString();
    String headers = PAYLOADS.resolve("include").toString();
    run(
        "gcc",
        "-std=gnu11",
        "-O2",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-I",
        headers,
        "-I",
        PAYLOADS.toString(),
        "-o",
        program,
        MODEL.toString());

    run(program, Long.toString(SEED), Long.toString(SEQUENCES));
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> lines = process.inputReader().lines().toList();
    assertEquals(0, process.waitFor(), () -> String.join("\n", lines));
  }
}
