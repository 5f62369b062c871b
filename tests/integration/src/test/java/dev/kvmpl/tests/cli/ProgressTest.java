// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.RequiresProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said while something lasts: a driver that loops, up to its time limit. */
@RequiresKvm
@Tag("subprocess")
class ProgressTest {
  @TempDir Path folder;

  private String scenario(int seconds) throws Exception {
    Files.write(folder.resolve("loops.elf"), Payloads.driverFile("loops"));
    Path file = folder.resolve("loops.yaml");
    Files.writeString(
        file,
        """
        validator: { payload: validator }
        timeLimit: %ds
        drivers: [ { name: d, payload: loops.elf } ]
        expect: { outcome: timed-out }
        """
            .formatted(seconds));
    return file.toString();
  }

  @Test
  void fileOrPipe_hasALineEveryTenSeconds() throws Exception {
    String file = scenario(11);

    Command run = Command.kvmpl("run", file);

    assertEquals(0, run.status(), run.err());
    assertEquals("kvmpl: 10 s: running " + file + "\n", run.err());
  }

  @Test
  @RequiresProgram("script")
  void terminal_hasOneLineThatChanges_andGoesAway() throws Exception {
    String file = scenario(4);
    String line = String.join(" ", Command.line("run", "--json", file));

    Command run =
        Command.run(
            Map.of("SHELL", "/bin/sh"),
            List.of("script", "-qec", line + " >/dev/null", "/dev/null"));

    assertEquals(0, run.status(), run.err());
    String clear = "\r\u001b[K";
    assertTrue(run.out().startsWith(clear + "kvmpl: 2 s: running " + file + clear), run.out());
    assertTrue(run.out().endsWith(clear), run.out());
  }
}
