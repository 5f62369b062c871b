// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.gdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.RequiresProgram;
import dev.kvmpl.tests.support.SourceTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The session in docs/debugging.md, by the system's gdb. */
@RequiresKvm
@RequiresProgram("gdb")
@Tag("subprocess")
@Tag("needs-gcc")
@Tag(SourceTree.TAG)
class DocumentedSessionTest {
  private static final String EXAMPLE = "docs/examples/own-driver";
  private static final Pattern IMAGE = Pattern.compile("(0x[0-9a-f]+) VMPL1 counter");

  @TempDir Path folder;

  private static String commands() throws Exception {
    String page = Files.readString(SourceTree.root().resolve("docs/debugging.md"));
    int start = page.indexOf("```gdb\n") + "```gdb\n".length();
    return page.substring(start, page.indexOf("```", start));
  }

  private Command gdb(Debugged machine, String commands) throws Exception {
    Path script = folder.resolve("script");
    Files.writeString(
        script,
        commands
            .replace("127.0.0.1:1234", "127.0.0.1:" + machine.port())
            .replace(EXAMPLE + "/target", folder.resolve("target").toString()));
    return Command.run(Map.of(), List.of("gdb", "-nx", "-batch", "-x", script.toString()));
  }

  private Debugged machine() throws Exception {
    return new Debugged(folder, folder.resolve("own-driver.yaml").toString());
  }

  private void build() throws Exception {
    Path root = SourceTree.root();
    Files.copy(root.resolve(EXAMPLE + "/own-driver.yaml"), folder.resolve("own-driver.yaml"));
    Command make =
        Command.run(
            Map.of(),
            List.of(
                "make",
                "-C",
                root.resolve("guest-payloads").toString(),
                "driver",
                "SOURCE=" + root.resolve(EXAMPLE + "/counter.c").toRealPath(),
                "OUT=" + folder.resolve("target")));
    assertEquals(0, make.status(), make.err());
  }

  /** Where the driver is depends on how large the guest kernel is. */
  private String offset() throws Exception {
    try (Debugged machine = machine()) {
      Command gdb = gdb(machine, "target remote 127.0.0.1:1234\nmonitor images\n");
      Matcher image = IMAGE.matcher(gdb.out() + gdb.err());
      assertTrue(image.find(), gdb.out() + gdb.err());
      machine.ended();
      return image.group(1);
    }
  }

  @Test
  void session_isAsTheDocumentationHasIt() throws Exception {
    build();
    String commands = commands().replace("0x12e000", offset());

    try (Debugged machine = machine()) {
      Command gdb = gdb(machine, commands);

      String said = gdb.out() + gdb.err();
      for (String expected :
          List.of(
              "VMPL1 of processor 0, counter",
              "VMPL0 of processor 0",
              "= 0x1000000",
              "VMPL0 rwus\nVMPL1 r-us\n",
              "kvmpl_driver_exit (self=",
              "= 2",
              "\ncounter\n",
              "0x1000000:\t0x01",
              "exited normally")) {
        assertTrue(said.contains(expected), expected + " is not in\n" + said);
      }
      String ended = machine.ended();
      assertTrue(ended.startsWith("0\n") && ended.endsWith("all expectations held\n"), ended);
    }
  }
}
